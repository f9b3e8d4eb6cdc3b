import { Injectable } from '@nestjs/common';
import { DomainError } from '#libs/errors';
import { MicroBatcher } from '#libs/threads';
import { ImageReader } from '../catalogue.js';
import type { EmbeddingSpace } from '../domain/change.js';
import type { ImageFilter } from '../domain/filter.js';
import type { ImagePage, ImageRecord } from '../domain/image.js';
import { PostgresFilterVocabulary } from './filter/postgres-filter-vocabulary.js';
import { PostgresDatabase } from './postgres-database.js';
import { RecordCache } from './record-cache.js';
import { SELECT_IMAGES, toImageRecord, type ImageRow } from './image-rows.js';
import { bytesToVector } from './vector-bytes.js';

/** Look-ups of records that share a statement, and statements under way at once. */
const MOST_GATHERED = 64;
const LOOKUPS_AT_ONCE = 1;

@Injectable()
export class PostgresImageReader extends ImageReader {
  /** Searches of many clients join their hits at the same moments: gathered, they cost one statement instead of one each. */
  private readonly lookups = new MicroBatcher<readonly number[], ReadonlyMap<number, ImageRecord>>({
    maxBatch: MOST_GATHERED,
    concurrency: LOOKUPS_AT_ONCE,
    run: (gathered) => this.lookUp(gathered),
  });

  constructor(
    private readonly database: PostgresDatabase,
    private readonly records: RecordCache,
    private readonly vocabulary: PostgresFilterVocabulary,
  ) {
    super();
  }

  override async findByIds(ids: readonly number[]): Promise<ImageRecord[]> {
    const known = this.records.all(ids);
    if (known) return known;
    const byId = await this.lookups.submit(ids);
    return ids.flatMap((id) => byId.get(id) ?? []);
  }

  override async findById(id: number): Promise<ImageRecord | null> {
    const [record] = await this.findByIds([id]);
    return record ?? null;
  }

  override async findIdsByContent(sha256: readonly string[]): Promise<Map<string, number>> {
    const rows = await this.database.query<{ id: number; sha256: Buffer }>(
      'SELECT id, sha256 FROM image WHERE sha256 = ANY($1::bytea[])',
      [sha256.map((hash) => Buffer.from(hash, 'hex'))],
    );
    return new Map(rows.map((row) => [row.sha256.toString('hex'), row.id]));
  }

  override async list(query: { filter?: ImageFilter; cursor?: string; limit: number }): Promise<ImagePage> {
    const before = query.cursor === undefined ? Number.MAX_SAFE_INTEGER : decodeCursor(query.cursor);
    const matching = await this.vocabulary.compile(query.filter, 3);
    const rows = await this.database.query<ImageRow>(
      `${SELECT_IMAGES} WHERE i.id < $1 AND ${matching.sql} ORDER BY i.id DESC LIMIT $2`,
      [before, query.limit + 1, ...matching.parameters],
    );
    const images = rows.slice(0, query.limit).map(toImageRecord);
    const last = images.at(-1);
    return { images, nextCursor: rows.length > query.limit && last ? encodeCursor(last.id) : null };
  }

  override async embeddingsOf(space: EmbeddingSpace, ids: readonly number[]): Promise<Map<number, Float32Array>> {
    const rows = await this.database.query<{ image_id: number; vector: Buffer }>(
      'SELECT image_id, vector FROM embedding WHERE encoder_id = $1 AND tap = $2 AND image_id = ANY($3::bigint[])',
      [space.encoderId, space.tap, ids],
    );
    return new Map(rows.map((row) => [row.image_id, bytesToVector(row.vector)]));
  }

  override async whichAreEmbedded(space: EmbeddingSpace, ids: readonly number[]): Promise<Set<number>> {
    const rows = await this.database.query<{ image_id: number }>(
      'SELECT image_id FROM embedding WHERE encoder_id = $1 AND tap = $2 AND image_id = ANY($3::bigint[])',
      [space.encoderId, space.tap, ids],
    );
    return new Set(rows.map((row) => row.image_id));
  }

  override async findWithoutEmbedding(space: EmbeddingSpace, afterId: number, limit: number): Promise<ImageRecord[]> {
    const rows = await this.database.query<ImageRow>(
      `${SELECT_IMAGES}
       WHERE i.id > $3 AND NOT EXISTS (
         SELECT 1 FROM embedding e WHERE e.encoder_id = $1 AND e.tap = $2 AND e.image_id = i.id)
       AND NOT EXISTS (SELECT 1 FROM embedding_gap g WHERE g.encoder_id = $1 AND g.tap = $2 AND g.image_id = i.id)
       ORDER BY i.id LIMIT $4`,
      [space.encoderId, space.tap, afterId, limit],
    );
    return rows.map(toImageRecord);
  }

  override async embeddedIds(space: EmbeddingSpace): Promise<Float64Array> {
    const rows = await this.database.query<{ image_id: number }>(
      'SELECT image_id FROM embedding WHERE encoder_id = $1 AND tap = $2 ORDER BY image_id',
      [space.encoderId, space.tap],
    );
    return Float64Array.from(rows, (row) => row.image_id);
  }

  private async lookUp(gathered: readonly (readonly number[])[]): Promise<ReadonlyMap<number, ImageRecord>[]> {
    const ids = [...new Set(gathered.flat())];
    const lookup = this.records.beginLookup();
    const found = new Map<number, ImageRecord>();
    try {
      const rows = await this.database.prepared<ImageRow>(
        'images-by-id',
        `${SELECT_IMAGES} WHERE i.id = ANY($1::bigint[])`,
        [ids],
      );
      for (const row of rows) found.set(row.id, toImageRecord(row));
    } finally {
      this.records.endLookup(lookup, found.values());
    }
    return gathered.map(() => found);
  }
}

function encodeCursor(id: number): string {
  return Buffer.from(String(id)).toString('base64url');
}

function decodeCursor(cursor: string): number {
  const id = Number(Buffer.from(cursor, 'base64url').toString());
  if (Number.isSafeInteger(id) && id > 0) return id;
  throw new DomainError('invalid_request', 'The cursor is not one this service gave out.', {
    fields: [
      { path: 'cursor', expected: 'the nextCursor of an earlier page', received: JSON.stringify(cursor.slice(0, 40)) },
    ],
  });
}
