import type pg from 'pg';
import { to as copyTo } from 'pg-copy-streams';
import type { EmbeddingSpace } from '../domain/change.js';
import { LATEST_SEQUENCE } from './append-changes.js';
import { bytesToVector } from './vector-bytes.js';

/** PostgreSQL manual, COPY, "Binary Format": 11 bytes of signature, 4 of flags, 4 of extension length. */
const HEADER_BYTES = 19;
const BATCH = 2048;

/**
 * Streams a space's embeddings by binary COPY together with the log's sequence, both as of one moment. When it fails the
 * connection is closed.
 */
export async function copyEmbeddings(
  client: pg.ClientBase,
  space: EmbeddingSpace,
  onBatch: (batch: { ids: number[]; vectors: Float32Array[] }) => Promise<void>,
): Promise<{ sequence: number }> {
  await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
  try {
    const { rows } = await client.query<{ sequence: number }>(LATEST_SEQUENCE);
    // COPY takes no parameters; both values are checked to be what they must be.
    const tap = `'${space.tap.replaceAll("'", "''")}'`;
    const source = client.query(
      copyTo(
        `COPY (SELECT image_id, vector FROM embedding WHERE encoder_id = ${Math.trunc(space.encoderId)} AND tap = ${tap}
               ORDER BY image_id) TO STDOUT (FORMAT binary)`,
      ),
    );
    let batch = { ids: [] as number[], vectors: [] as Float32Array[] };
    for await (const { id, vector } of parseTuples(source)) {
      batch.ids.push(id);
      batch.vectors.push(vector);
      if (batch.ids.length === BATCH) {
        await onBatch(batch);
        batch = { ids: [], vectors: [] };
      }
    }
    if (batch.ids.length > 0) await onBatch(batch);
    await client.query('COMMIT');
    return { sequence: rows[0]?.sequence ?? 0 };
  } catch (error) {
    // In the midst of a COPY the connection would have to be read to its end before it could be used again: drop it.
    await cutOff(client as pg.Client);
    throw error;
  }
}

/** Resolves when the driver knows that the connection is no good any more, so that the pool lends it to nobody. */
export async function cutOff(client: pg.Client): Promise<void> {
  const { stream } = client.connection;
  if (stream.destroyed) return;
  const ended = new Promise<void>((resolve) => client.once('end', resolve));
  stream.destroy();
  await ended;
}

/** Tuples of (bigint, bytea) from chunks cut anywhere. */
export async function* parseTuples(
  chunks: AsyncIterable<Buffer>,
): AsyncGenerator<{ id: number; vector: Float32Array }> {
  let rest: Buffer = Buffer.alloc(0);
  let headerSeen = false;
  for await (const chunk of chunks) {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    let at = 0;
    if (!headerSeen) {
      if (rest.length < HEADER_BYTES) continue;
      at = HEADER_BYTES;
      headerSeen = true;
    }
    // A tuple: int16 number of fields (−1 ends the stream), then per field an int32 length and its bytes.
    while (rest.length - at >= 18 && rest.readInt16BE(at) !== -1) {
      const length = rest.readInt32BE(at + 14);
      if (rest.length - at < 18 + length) break;
      yield {
        id: Number(rest.readBigInt64BE(at + 6)),
        vector: bytesToVector(rest.subarray(at + 18, at + 18 + length)),
      };
      at += 18 + length;
    }
    rest = rest.subarray(at);
  }
}
