/** Numbers as base64 of their little-endian bytes, and back. Every platform Node runs on is little-endian. */
const encode = (numbers: Float64Array | Float32Array): string =>
  Buffer.from(numbers.buffer, numbers.byteOffset, numbers.byteLength).toString('base64');

/** Bytes in a buffer of their own, so that they are aligned. */
const decode = (text: string): ArrayBuffer => {
  const bytes = Buffer.from(text, 'base64');
  const own = new ArrayBuffer(bytes.byteLength);
  new Uint8Array(own).set(bytes);
  return own;
};

export const pack64 = (numbers: Float64Array): string => encode(numbers);
export const pack32 = (numbers: Float32Array): string => encode(numbers);
export const unpack64 = (text: string): Float64Array => new Float64Array(decode(text));
export const unpack32 = (text: string): Float32Array => new Float32Array(decode(text));
