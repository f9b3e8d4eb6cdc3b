import { Injectable } from '@nestjs/common';
import { Not, In, type EntityManager } from 'typeorm';
import type { SerialisedError } from '#libs/errors';
import { Imports } from '../catalogue.js';
import type {
  ClaimedItem,
  ImportItemRecord,
  ImportProgress,
  ImportRecord,
  ImportRequest,
  ImportStatus,
  ItemStatus,
  NewItem,
} from '../domain/import.js';
import { appendChanges } from './append-changes.js';
import { ChangeTransactions } from './change-transactions.js';
import { ImportEntity, ImportItemEntity } from './entities.js';
import { readProgress, toImportRecord } from './import-progress.js';
import { settleLeftImages } from './left-images.js';
import { LOCKS } from './locks.js';
import { fitsInteger } from './number-columns.js';
import { PostgresDatabase } from './postgres-database.js';
import { PostgresSession } from './postgres-session.js';
import { removeVanished, UNLISTED } from './remove-vanished.js';
import { retryImport } from './retry-import.js';
import { dropTallied, tallySuperseded } from './superseded-imports.js';

interface ItemRow {
  id: number;
  import_id: number;
  path: string;
  external_id: string | null;
  metadata: NewItem['metadata'] | null;
  size: number | null;
  modified_ms: number | null;
  attempts: number;
}

/** Advisory locks of a class that somebody holds in this database. */
const heldLocks = (lockClass: string): string => `
  SELECT objid FROM pg_locks
  WHERE locktype = 'advisory' AND classid = ${lockClass} AND objsubid = 2 AND granted
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`;

/** The common table `alive`: processes whose leases count. */
const livingOwners = (lockClass: string): string =>
  `alive AS MATERIALIZED (SELECT objid::bigint AS owner FROM (${heldLocks(lockClass)}) held)`;

@Injectable()
export class PostgresImports extends Imports {
  constructor(
    private readonly database: PostgresDatabase,
    private readonly session: PostgresSession,
    private readonly transactions: ChangeTransactions,
  ) {
    super();
  }

  override async create(request: ImportRequest): Promise<ImportRecord> {
    return this.database.with(ImportEntity, async (imports) =>
      toImportRecord(await imports.save(imports.create({ ...request, collection: request.collection ?? null }))),
    );
  }

  override async find(id: number): Promise<ImportProgress | null> {
    if (!fitsInteger(id)) return null;
    const record = await this.database.with(ImportEntity, (imports) => imports.findOneBy({ id }));
    if (!record) return null;
    const [progress = null] = await readProgress(this.database, [record]);
    return progress;
  }

  override async list(limit: number, root?: string): Promise<ImportProgress[]> {
    const records = await this.database.with(ImportEntity, (imports) =>
      imports.find({ where: root === undefined ? {} : { root }, order: { id: 'DESC' }, take: limit }),
    );
    return readProgress(this.database, records);
  }

  override async unfinished(): Promise<ImportRecord[]> {
    const records = await this.database.with(ImportEntity, (imports) =>
      imports.find({ where: { status: In(['listing', 'running']) }, order: { id: 'ASC' } }),
    );
    return records.map(toImportRecord);
  }

  override async unattended(): Promise<number[]> {
    const rows = await this.database.query<{ id: number }>(
      `WITH ${livingOwners('$1')}, alone AS (${heldLocks('$2')})
       SELECT m.id FROM import m
       WHERE m.status IN ('listing', 'running') AND m.id NOT IN (SELECT objid::bigint FROM alone)
         AND (m.status = 'listing' OR NOT EXISTS (
                SELECT 1 FROM import_item t
                WHERE t.import_id = m.id AND t.status = 'leased' AND t.owner IN (SELECT owner FROM alive)))
       ORDER BY m.id`,
      [LOCKS.importOwner, LOCKS.importAlone],
    );
    return rows.map((row) => row.id);
  }

  override workAlone(importId: number, work: () => Promise<boolean>): Promise<boolean> {
    return this.database.withConnection(async (client) => {
      const lock = [LOCKS.importAlone, importId];
      const { rows } = await client.query<{ mine: boolean }>('SELECT pg_try_advisory_lock($1, $2) AS mine', lock);
      if (!rows[0]?.mine) return false;
      try {
        return await work();
      } finally {
        await client.query('SELECT pg_advisory_unlock($1, $2)', lock).catch(() => undefined);
      }
    });
  }

  override async settleCancelled(): Promise<void> {
    await this.database.query(
      `WITH ${livingOwners('$1')}
       UPDATE import_item t SET status = 'cancelled', owner = NULL
       FROM import m
       WHERE m.id = t.import_id AND m.status IN ('cancelled', 'failed') AND t.status = 'leased'
         AND t.owner NOT IN (SELECT owner FROM alive)`,
      [LOCKS.importOwner],
    );
  }

  override beginListing(importId: number): Promise<number | null> {
    return this.database.transaction(async (manager) => {
      const [begun] = await manager.query<{ listings: number }[]>(
        `WITH begun AS (
           UPDATE import SET listings = listings + 1 WHERE id = $1 AND status = 'listing' RETURNING listings)
         SELECT listings FROM begun`,
        [importId],
      );
      if (!begun) return null;
      // What an earlier listing found gone may be back.
      await manager.query(
        `DELETE FROM import_item WHERE import_id = $1 AND (status NOT IN ('done', 'leased') OR outcome = 'removed')`,
        [importId],
      );
      return begun.listings;
    });
  }

  override addItems(importId: number, items: readonly NewItem[], state: ImportStatus = 'listing'): Promise<boolean> {
    return this.database.transaction(async (manager) => {
      if (!(await hold(manager, importId, state))) return false;
      await manager.query(
        `INSERT INTO import_item (import_id, path, external_id, metadata, size, modified_ms, error, status)
         SELECT $1, given.*, CASE WHEN given.error IS NULL THEN 'pending' ELSE 'failed' END
         FROM unnest($2::text[], $3::text[], $4::jsonb[], $5::bigint[], $6::float8[], $7::jsonb[])
           AS given (path, external_id, metadata, size, modified_ms, error)
         ON CONFLICT (import_id, path, hashtextextended(coalesce(external_id, ''), 0)) DO NOTHING`,
        [
          importId,
          items.map((item) => item.path),
          items.map((item) => item.externalId ?? null),
          items.map((item) => (item.metadata === undefined ? null : JSON.stringify(item.metadata))),
          items.map((item) => item.size),
          items.map((item) => item.modifiedMs),
          items.map((item) => (item.error === undefined ? null : JSON.stringify(item.error))),
        ],
      );
      return true;
    });
  }

  override async settleUnchanged(importId: number): Promise<number> {
    // Items that bring metadata, an external id or a collection have something to say even where the file is the same.
    const rows = await this.database.query<{ id: number }>(
      `WITH settled AS (
         UPDATE import_item t SET status = 'done', outcome = 'unchanged', image_id = s.image_id, finished_at = clock_timestamp()
         FROM image_source s, image i, import m
         WHERE t.import_id = $1 AND t.status = 'pending' AND t.metadata IS NULL AND t.external_id IS NULL
           AND s.kind = 'file' AND s.key = t.path AND s.size = t.size AND s.modified_ms = t.modified_ms
           AND i.id = s.image_id AND m.id = t.import_id AND (m.reference OR i.reference_path IS NULL)
           AND (m.collection IS NULL OR EXISTS (
             SELECT 1 FROM collection_image ci JOIN collection c ON c.id = ci.collection_id
             WHERE ci.image_id = i.id AND c.name = m.collection))
         RETURNING t.id)
       SELECT id FROM settled`,
      [importId],
    );
    return rows.length;
  }

  override async unlisted(importId: number, after: string, limit: number): Promise<string[]> {
    const rows = await this.database.query<{ path: string }>(UNLISTED, [importId, after, limit]);
    return rows.map(({ path }) => path);
  }

  override removeVanished(importId: number, paths: readonly string[]): Promise<boolean> {
    return this.transactions.run(async (manager, changes) => {
      if (!(await hold(manager, importId, 'running'))) return false;
      await removeVanished(manager, importId, paths, changes);
      await appendChanges(manager, changes);
      return true;
    });
  }

  override settleLeft(importId: number, after: number, limit: number): Promise<number | null> {
    return this.transactions.run(async (manager, changes) => {
      if (!(await hold(manager, importId, 'running'))) return null;
      const [open] = await manager.query<unknown[]>(
        `SELECT 1 FROM import_item WHERE import_id = $1 AND status IN ('pending', 'leased') LIMIT 1`,
        [importId],
      );
      if (open !== undefined) return null;
      const last = await settleLeftImages(manager, importId, after, limit, changes);
      await appendChanges(manager, changes);
      return last;
    });
  }

  override async finishListing(importId: number, listing: number): Promise<boolean> {
    const rows = await this.database.query<{ id: number }>(
      `WITH finished AS (
         UPDATE import SET status = 'running', listed = true
         WHERE id = $1 AND status = 'listing' AND listings = $2 RETURNING id)
       SELECT id FROM finished`,
      [importId, listing],
    );
    return rows.length > 0;
  }

  override async setFailed(importId: number, error: SerialisedError): Promise<void> {
    await this.database.query(
      `UPDATE import SET status = 'failed', error = $2, finished_at = now()
       WHERE id = $1 AND status IN ('listing', 'running')`,
      [importId, JSON.stringify(error)],
    );
  }

  override async claim(importId: number, limit: number): Promise<ClaimedItem[]> {
    const rows = await this.database.query<ItemRow>(
      `WITH ${livingOwners('$3')},
       free AS (
         SELECT t.id FROM import_item t JOIN import m ON m.id = t.import_id
         WHERE t.import_id = $1 AND m.status = 'running'
           AND (t.status = 'pending' OR (t.status = 'leased' AND t.owner NOT IN (SELECT owner FROM alive)))
         ORDER BY t.id LIMIT $2 FOR UPDATE OF t SKIP LOCKED),
       claimed AS (
         UPDATE import_item t SET status = 'leased', owner = $4, attempts = attempts + 1
         FROM free WHERE t.id = free.id RETURNING t.*)
       SELECT * FROM claimed ORDER BY id`,
      [importId, limit, LOCKS.importOwner, this.session.owner],
    );
    return rows.map((row) => ({
      id: row.id,
      importId: row.import_id,
      path: row.path,
      ...(row.external_id !== null && { externalId: row.external_id }),
      ...(row.metadata !== null && { metadata: row.metadata }),
      size: row.size,
      modifiedMs: row.modified_ms,
      attempts: row.attempts,
    }));
  }

  override async release(itemIds: readonly number[]): Promise<void> {
    await this.database.query(
      `UPDATE import_item t SET status = CASE m.status WHEN 'cancelled' THEN 'cancelled' ELSE 'pending' END,
              owner = NULL, attempts = attempts - 1
       FROM import m
       WHERE t.id = ANY($1::bigint[]) AND m.id = t.import_id AND t.status = 'leased' AND t.owner = $2`,
      [itemIds, this.session.owner],
    );
  }

  override async failItems(failures: readonly { itemId: number; error: SerialisedError }[]): Promise<void> {
    if (failures.length === 0) return;
    await this.database.query(
      `UPDATE import_item SET status = 'failed', error = given.error, owner = NULL, finished_at = clock_timestamp()
       FROM unnest($1::bigint[], $2::jsonb[]) AS given (id, error)
       WHERE import_item.id = given.id AND import_item.status = 'leased' AND import_item.owner = $3`,
      [
        failures.map((failure) => failure.itemId),
        failures.map((failure) => JSON.stringify(failure.error)),
        this.session.owner,
      ],
    );
  }

  override async finishIfComplete(importId: number): Promise<boolean> {
    const rows = await this.database.query<{ id: number }>(
      `WITH finished AS (
         UPDATE import SET status = 'done', finished_at = now()
         WHERE id = $1 AND status = 'running'
           AND NOT EXISTS (SELECT 1 FROM import_item WHERE import_id = $1 AND status IN ('pending', 'leased'))
         RETURNING id)
       SELECT id FROM finished`,
      [importId],
    );
    return rows.length > 0;
  }

  override async cancel(importId: number): Promise<ImportProgress | null> {
    if (!fitsInteger(importId)) return null;
    await this.database.transaction(async (manager) => {
      const { affected } = await manager
        .getRepository(ImportEntity)
        .update(
          { id: importId, status: Not(In(['done', 'failed', 'cancelled'])) },
          { status: 'cancelled', finishedAt: new Date() },
        );
      if (affected)
        await manager.getRepository(ImportItemEntity).update({ importId, status: 'pending' }, { status: 'cancelled' });
    });
    return this.find(importId);
  }

  override retryFailed(importId: number): Promise<boolean> {
    return this.database.transaction((manager) => retryImport(manager, importId));
  }

  override async items(
    importId: number,
    query: { status?: ItemStatus; cursor?: number; limit: number },
  ): Promise<{ items: ImportItemRecord[]; nextCursor: number | null }> {
    const rows = await this.database.query<ImportItemRecord>(
      `SELECT id, path, status, outcome, image_id AS "imageId", error, attempts FROM import_item
       WHERE import_id = $1 AND id > $2 AND ($3::text IS NULL OR status = $3)
         AND EXISTS (SELECT 1 FROM import m WHERE m.id = $1 AND m.tallies IS NULL)
       ORDER BY id LIMIT $4`,
      [importId, query.cursor ?? 0, query.status ?? null, query.limit + 1],
    );
    const items = rows.slice(0, query.limit);
    return { items, nextCursor: rows.length > query.limit ? (items.at(-1)?.id ?? null) : null };
  }

  override async dropSuperseded(limit: number): Promise<boolean> {
    return (await dropTallied(this.database, limit)) || tallySuperseded(this.database);
  }

  override async leftCount(): Promise<number> {
    const [row] = await this.database.query<{ left: number }>(
      `SELECT count(*) AS left FROM import m JOIN import_item t ON t.import_id = m.id
       WHERE m.status IN ('listing', 'running') AND t.status IN ('pending', 'leased')`,
    );
    return row?.left ?? 0;
  }

  override async failedCount(): Promise<number> {
    const [row] = await this.database.query<{ failed: number }>(
      // A file that failed in one import and was taken in by a later one is no longer a failure. A bad row of a manifest or
      // a folder is no file: what it is now, the latest import of the same manifest or folder says.
      `SELECT count(DISTINCT t.path) AS failed FROM import_item t JOIN import i ON i.id = t.import_id
       WHERE t.status = 'failed' AND NOT EXISTS (
         SELECT 1 FROM import_item later
         WHERE later.path = t.path AND later.id > t.id AND later.import_id <> t.import_id AND later.status = 'done')
       AND (coalesce(t.error->>'code', '') NOT IN ('manifest_invalid', 'import_folder_unreadable') OR NOT EXISTS (
         SELECT 1 FROM import again WHERE again.root = i.root AND again.id > i.id))`,
    );
    return row?.failed ?? 0;
  }
}

/** Whether the import is in a state; nobody ends that before the transaction is over. */
async function hold(manager: EntityManager, importId: number, state: ImportStatus): Promise<boolean> {
  const [held] = await manager.query<unknown[]>('SELECT 1 FROM import WHERE id = $1 AND status = $2 FOR SHARE', [
    importId,
    state,
  ]);
  return held !== undefined;
}
