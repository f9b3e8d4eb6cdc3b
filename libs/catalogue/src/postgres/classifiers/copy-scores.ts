import type pg from 'pg';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { from as copyFrom } from 'pg-copy-streams';
import type { ScoreBatch } from '../../domain/classifier.js';

/** PostgreSQL manual, COPY, "Binary Format". */
const SIGNATURE = Buffer.from('PGCOPY\n\xff\r\n\0', 'latin1');
const ROW_BYTES = 2 + (4 + 4) + (4 + 4) + (4 + 8) + (4 + 4);
/** Rows encoded in one go: some 15 ms of a core. */
const CHUNK_ROWS = 16_384;

/**
 * Writes scores by binary COPY through a table of the transaction, so that only images which are still there get any,
 * and each image is locked once instead of checked once a row. Rows go in by ascending key: of two that write the same
 * ones the later waits for the earlier, and never each for the other.
 *
 * @returns how many rows were written
 */
export async function copyScores(client: pg.ClientBase, batch: ScoreBatch): Promise<number> {
  await client.query('BEGIN');
  try {
    await client.query(
      'CREATE TEMP TABLE IF NOT EXISTS incoming_score (version_id int, category_id int, image_id bigint, score real) ON COMMIT DELETE ROWS',
    );
    await pipeline(
      Readable.from(encode(batch), { objectMode: false }),
      client.query(copyFrom('COPY incoming_score FROM STDIN (FORMAT binary)')),
    );
    await client.query('SELECT id FROM image WHERE id = ANY($1::bigint[]) ORDER BY id FOR KEY SHARE', [batch.imageIds]);
    const { rowCount } = await client.query(
      `INSERT INTO category_score (version_id, category_id, image_id, score)
       SELECT s.version_id, s.category_id, s.image_id, s.score FROM incoming_score s
       JOIN image i ON i.id = s.image_id
       JOIN category c ON c.id = s.category_id AND c.removed_at IS NULL
       WHERE EXISTS (SELECT 1 FROM head_version v WHERE v.id = s.version_id)
       ORDER BY s.image_id, s.category_id
       ON CONFLICT (image_id, version_id, category_id) DO UPDATE SET score = excluded.score`,
    );
    await client.query('COMMIT');
    return rowCount ?? 0;
  } catch (error) {
    await client.query('ROLLBACK').catch(() => undefined);
    throw error;
  }
}

function* encode({ versionId, categoryIds, imageIds, scores }: ScoreBatch): Generator<Buffer> {
  const head = Buffer.alloc(SIGNATURE.length + 8);
  SIGNATURE.copy(head);
  yield head;
  const width = categoryIds.length;
  const step = Math.max(1, Math.floor(CHUNK_ROWS / width));
  for (let start = 0; start < imageIds.length; start += step) {
    const end = Math.min(imageIds.length, start + step);
    const chunk = Buffer.allocUnsafe((end - start) * width * ROW_BYTES);
    let at = 0;
    for (let row = start; row < end; row++) {
      for (let column = 0; column < width; column++) {
        at = chunk.writeInt16BE(4, at);
        at = chunk.writeInt32BE(4, at);
        at = chunk.writeInt32BE(versionId, at);
        at = chunk.writeInt32BE(4, at);
        at = chunk.writeInt32BE(categoryIds[column] ?? 0, at);
        at = chunk.writeInt32BE(8, at);
        at = chunk.writeBigInt64BE(BigInt(imageIds[row] ?? 0), at);
        at = chunk.writeInt32BE(4, at);
        at = chunk.writeFloatBE(Math.min(1, Math.max(0, scores[row * width + column] ?? 0)), at);
      }
    }
    yield chunk;
  }
  const end = Buffer.alloc(2);
  end.writeInt16BE(-1);
  yield end;
}
