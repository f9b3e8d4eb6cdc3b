/** A set of row numbers, one bit for each, as it stands in the manifest: little-endian bits in base64. */
export class Bitmap {
  constructor(private readonly bytes: Uint8Array) {}

  static ofSize(count: number): Bitmap {
    return new Bitmap(new Uint8Array(Math.ceil(count / 8)));
  }

  /** @returns `null` when the text is not a bitmap of `count` bits */
  static parse(text: string, count: number): Bitmap | null {
    const bytes = Buffer.from(text, 'base64');
    return bytes.length === Math.ceil(count / 8) && bytes.toString('base64') === text ? new Bitmap(bytes) : null;
  }

  add(row: number): void {
    this.bytes[row >> 3] = (this.bytes[row >> 3] ?? 0) | (1 << (row & 7));
  }

  has(row: number): boolean {
    return (((this.bytes[row >> 3] ?? 0) >> (row & 7)) & 1) === 1;
  }

  toString(): string {
    return Buffer.from(this.bytes.buffer, this.bytes.byteOffset, this.bytes.length).toString('base64');
  }
}
