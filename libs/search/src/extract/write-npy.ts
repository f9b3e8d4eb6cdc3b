import { open } from 'node:fs/promises';
import type { FeatureRows } from './feature-rows.js';

const MAGIC = Buffer.from('\x93NUMPY\x01\x00', 'latin1');
/** The data begins at a multiple of this, as the format asks. */
const ALIGNMENT = 64;

/**
 * NumPy's own format, version 1.0: little-endian float32 in C order, shape (rows, components).
 * Source: numpy.lib.format, "Format Version 1.0".
 */
export async function writeNpy(file: string, rows: FeatureRows): Promise<void> {
  const handle = await open(file, 'w');
  try {
    await handle.writeFile(npyHeader(rows.count, rows.dimension));
    for await (const { values } of rows.blocks()) await handle.writeFile(littleEndian(values));
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Magic, version, length and the dictionary, padded with spaces and ended by a line end. */
export function npyHeader(count: number, dimension: number): Buffer {
  const dictionary = `{'descr': '<f4', 'fortran_order': False, 'shape': (${count}, ${dimension}), }`;
  const bare = MAGIC.length + 2 + dictionary.length + 1;
  const text = `${dictionary}${' '.repeat((ALIGNMENT - (bare % ALIGNMENT)) % ALIGNMENT)}\n`;
  const length = Buffer.alloc(2);
  length.writeUInt16LE(text.length);
  return Buffer.concat([MAGIC, length, Buffer.from(text, 'latin1')]);
}

function littleEndian(values: Float32Array): Buffer {
  const bytes = Buffer.alloc(values.byteLength);
  values.forEach((value, at) => bytes.writeFloatLE(value, at * Float32Array.BYTES_PER_ELEMENT));
  return bytes;
}
