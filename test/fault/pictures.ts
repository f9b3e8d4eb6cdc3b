import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { writeGallery } from '#libs/testing';

/**
 * Any number of different pictures from a few drawn ones: each gets a number in a comment segment, which no decoder
 * looks at and which makes it another content.
 */
export class Pictures {
  private made = 0;

  private constructor(private readonly drawn: readonly Buffer[]) {}

  static async draw(seed: number): Promise<Pictures> {
    const dir = await mkdtemp(path.join(tmpdir(), 'likeness-drawn-'));
    try {
      const files = await writeGallery(dir, { perCategory: 2, seed });
      return new Pictures(await Promise.all(files.map((file) => readFile(file))));
    } finally {
      await rm(dir, { recursive: true, force: true });
    }
  }

  next(): { bytes: Buffer; sha256: string } {
    const number = this.made++;
    const picture = this.drawn[number % this.drawn.length] as Buffer;
    const comment = Buffer.from(`picture ${number}`);
    const segment = Buffer.from([0xff, 0xfe, 0, comment.length + 2]);
    const bytes = Buffer.concat([picture.subarray(0, 2), segment, comment, picture.subarray(2)]);
    return { bytes, sha256: createHash('sha256').update(bytes).digest('hex') };
  }

  /** Writes `count` new pictures into a folder. @returns their contents by path */
  async writeFolder(dir: string, count: number): Promise<Map<string, string>> {
    await mkdir(dir, { recursive: true });
    const files = Array.from({ length: count }, (_, at) => ({ file: path.join(dir, `${at}.jpg`), ...this.next() }));
    await Promise.all(files.map(({ file, bytes }) => writeFile(file, bytes)));
    return new Map(files.map(({ file, sha256 }) => [file, sha256]));
  }
}
