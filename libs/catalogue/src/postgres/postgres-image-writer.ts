import { Injectable } from '@nestjs/common';
import { ImageReader, ImageWriter, type EnsureOriginal, type StoreResult } from '../catalogue.js';
import type { EmbeddingSpace } from '../domain/change.js';
import type { Arrival, ImageRecord, Metadata } from '../domain/image.js';
import { sameSpace } from '../domain/space.js';
import { appendChanges } from './append-changes.js';
import { ChangeTransactions } from './change-transactions.js';
import type { ChangedEmbedding } from './changes.js';
import { deleteImages, takeTurns } from './delete-images.js';
import { LOCKS } from './locks.js';
import { finishItems, leasedItems } from './import-items.js';
import { joinCollections } from './join-collections.js';
import { deleteLeftImages, keepLeftImages } from './left-images.js';
import { PostgresDatabase } from './postgres-database.js';
import { PostgresSession } from './postgres-session.js';
import { completeSpaces } from './space-rows.js';
import { storeWave } from './store-wave.js';
import { vectorToBytes } from './vector-bytes.js';

@Injectable()
export class PostgresImageWriter extends ImageWriter {
  constructor(
    private readonly database: PostgresDatabase,
    private readonly session: PostgresSession,
    private readonly reader: ImageReader,
    private readonly transactions: ChangeTransactions,
  ) {
    super();
  }

  override async store(
    arrivals: readonly Arrival[],
    ensureOriginal: EnsureOriginal,
    items?: readonly number[],
  ): Promise<StoreResult[]> {
    return this.transactions.run(async (manager, changes) => {
      await takeTurns(
        manager,
        arrivals.flatMap(({ image, source }) =>
          source.kind === 'external' ? [image.sha256, `external ${source.key}`] : [image.sha256],
        ),
      );
      const required = await completeSpaces(manager);
      const leased = items && (await leasedItems(manager, this.session.owner, items));
      const results = arrivals.map(({ image }): StoreResult => ({
        status: lacksOneOf(required, image) ? 'incomplete' : 'passed-over',
      }));
      const left = new Set<number>();
      for (const wave of waves(arrivals)) {
        const mine = wave.filter(
          (position) => results[position]?.status !== 'incomplete' && (!leased || leased.has(items?.[position] ?? -1)),
        );
        const stored = await storeWave(
          manager,
          mine.map((position) => arrivals[position] as Arrival),
          ensureOriginal,
          changes,
          left,
        );
        mine.forEach((position, at) => (results[position] = stored[at] ?? { status: 'gone' }));
      }
      const [importId] = leased?.values() ?? [];
      if (importId === undefined) await deleteLeftImages(manager, [...left], changes);
      else await keepLeftImages(manager, [...left], importId);
      const sequence = await appendChanges(manager, changes);
      const sequenced = results.map((result): StoreResult =>
        result.status === 'stored' ? { status: 'stored', stored: { ...result.stored, sequence } } : result,
      );
      if (items) await finishItems(manager, items, sequenced);
      return sequenced;
    });
  }

  override async addEmbeddings(
    { encoderId, tap }: EmbeddingSpace,
    vectors: ReadonlyMap<number, Float32Array>,
  ): Promise<void> {
    if (vectors.size === 0) return;
    await this.transactions.run(async (manager, changes) => {
      const changed = await manager.query<ChangedEmbedding[]>(
        `INSERT INTO embedding (encoder_id, tap, image_id, vector)
         SELECT $1, $2, given.image_id, given.vector
         FROM unnest($3::bigint[], $4::bytea[]) AS given (image_id, vector)
         WHERE EXISTS (SELECT 1 FROM image i WHERE i.id = given.image_id FOR KEY SHARE)
         ON CONFLICT (encoder_id, tap, image_id) DO UPDATE SET vector = excluded.vector
         RETURNING encoder_id, tap, image_id`,
        [encoderId, tap, [...vectors.keys()], [...vectors.values()].map(vectorToBytes)],
      );
      await manager.query(
        'DELETE FROM embedding_gap WHERE encoder_id = $1 AND tap = $2 AND image_id = ANY($3::bigint[])',
        [encoderId, tap, [...vectors.keys()]],
      );
      changes.addEmbeddings(changed);
      await appendChanges(manager, changes);
    });
  }

  override async updateMetadata(
    id: number,
    metadata: Metadata,
    mode: 'merge' | 'replace',
  ): Promise<ImageRecord | null> {
    const removed = Object.keys(metadata).filter((key) => metadata[key] === null);
    await this.transactions.run(async (manager, changes) => {
      await manager.query(
        `UPDATE image SET updated_at = now(),
                metadata = CASE WHEN $3 THEN (metadata || $2::jsonb) - $4::text[] ELSE $2::jsonb END
         WHERE id = $1`,
        [id, JSON.stringify(metadata), mode === 'merge', removed],
      );
      changes.addRecords([id]);
      await appendChanges(manager, changes);
    });
    return this.reader.findById(id);
  }

  override async setCollections(id: number, names: readonly string[]): Promise<ImageRecord | null> {
    await this.transactions.run(async (manager, changes) => {
      const [image] = await manager.query<{ id: number }[]>('SELECT id FROM image WHERE id = $1 FOR UPDATE', [id]);
      if (!image) return;
      await manager.query('DELETE FROM collection_image WHERE image_id = $1', [id]);
      await joinCollections(
        manager,
        names.map((name) => ({ name, imageId: id })),
      );
      changes.addRecords([id]);
      await appendChanges(manager, changes);
    });
    return this.reader.findById(id);
  }

  override async delete(ids: readonly number[]): Promise<{ deleted: number[]; sequence: number }> {
    return this.transactions.run(async (manager, changes) => {
      const removed = await deleteImages(manager, ids);
      changes.addEmbeddings(removed.changed);
      changes.addRecords(removed.ids);
      return { deleted: removed.ids, sequence: await appendChanges(manager, changes) };
    });
  }

  override async collectGarbage(limit: number, remove: (sha256: string) => Promise<void>): Promise<number> {
    const rows = await this.database.query<{ sha256: Buffer }>('SELECT sha256 FROM garbage ORDER BY since LIMIT $1', [
      limit,
    ]);
    for (const { sha256 } of rows) {
      const collected = await this.database.transaction(async (manager) => {
        // A backup that runs needs what its moment speaks of.
        const [lock] = await manager.query<{ taken: boolean }[]>('SELECT pg_try_advisory_xact_lock($1) AS taken', [
          LOCKS.backup,
        ]);
        if (lock?.taken !== true) return false;
        await takeTurns(manager, [sha256.toString('hex')]);
        const used = await manager.query<unknown[]>(
          'SELECT 1 FROM image WHERE sha256 = $1 UNION ALL SELECT 1 FROM example WHERE sha256 = $1 AND own',
          [sha256],
        );
        if (used.length === 0) await remove(sha256.toString('hex'));
        await manager.query('DELETE FROM garbage WHERE sha256 = $1', [sha256]);
        return true;
      });
      if (!collected) return 0;
    }
    return rows.length;
  }
}

function lacksOneOf(required: readonly EmbeddingSpace[], image: Arrival['image']): boolean {
  const { embeddings } = image;
  if (embeddings === undefined) return false;
  return !required.every((space) => embeddings.some((embedding) => sameSpace(embedding, space)));
}

/** Positions in groups within which no source and no content repeats, so that each group is stored set-wise and later ones see earlier ones. */
function waves(arrivals: readonly Arrival[]): number[][] {
  const groups: { positions: number[]; keys: Set<string> }[] = [];
  const level = new Map<string, number>();
  arrivals.forEach((arrival, position) => {
    const keys = [
      `content ${arrival.image.sha256}`,
      ...(arrival.source.kind === 'upload' ? [] : [`${arrival.source.kind} ${arrival.source.key}`]),
    ];
    const at = Math.max(...keys.map((key) => level.get(key) ?? 0));
    for (const key of keys) level.set(key, at + 1);
    const group = (groups[at] ??= { positions: [], keys: new Set() });
    group.positions.push(position);
  });
  return groups.map((group) => group.positions);
}
