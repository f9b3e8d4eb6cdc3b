import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { parseTuples } from './copy-embeddings.js';
import { vectorToBytes } from './vector-bytes.js';

const ROWS = [
  { id: 1, vector: Float32Array.of(1.5, -2, 3) },
  { id: 2 ** 40, vector: Float32Array.of(0) },
  { id: 7, vector: new Float32Array(0) },
];

/** PostgreSQL manual, COPY, "Binary Format". */
function copyStream(): Buffer {
  const header = Buffer.concat([Buffer.from('PGCOPY\n\xff\r\n\0', 'latin1'), Buffer.alloc(8)]);
  const tuples = ROWS.map(({ id, vector }) => {
    const bytes = vectorToBytes(vector);
    const head = Buffer.alloc(18);
    head.writeInt16BE(2, 0);
    head.writeInt32BE(8, 2);
    head.writeBigInt64BE(BigInt(id), 6);
    head.writeInt32BE(bytes.length, 14);
    return Buffer.concat([head, bytes]);
  });
  return Buffer.concat([header, ...tuples, Buffer.from([0xff, 0xff])]);
}

async function parse(chunks: Buffer[]) {
  const rows = [];
  for await (const row of parseTuples(Readable.from(chunks, { objectMode: true }))) rows.push(row);
  return rows;
}

describe('parseTuples', () => {
  it('reads the same rows wherever the stream is cut in two', async () => {
    const whole = copyStream();
    for (let cut = 0; cut <= whole.length; cut++)
      expect(await parse([whole.subarray(0, cut), whole.subarray(cut)])).toEqual(ROWS);
  });

  it('reads the same rows byte by byte', async () => {
    const whole = copyStream();
    expect(await parse(Array.from(whole, (_, at) => whole.subarray(at, at + 1)))).toEqual(ROWS);
  });

  it('reads nothing from an empty table', async () => {
    const whole = copyStream();
    expect(await parse([Buffer.concat([whole.subarray(0, 19), whole.subarray(-2)])])).toEqual([]);
  });
});
