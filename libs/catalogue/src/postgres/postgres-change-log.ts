import { Injectable } from '@nestjs/common';
import { ChangeLog } from '../catalogue.js';
import type { Change, EmbeddingSpace } from '../domain/change.js';
import { LATEST_SEQUENCE } from './append-changes.js';
import { CatalogueEntity } from './entities.js';
import { copyEmbeddings } from './copy-embeddings.js';
import { PostgresDatabase } from './postgres-database.js';
import { RecordCache } from './record-cache.js';
import { PostgresSession } from './postgres-session.js';
import { bytesToVector } from './vector-bytes.js';

/** A notification may be lost with its connection; polling finds what was missed. */
const POLL_MS = 500;
/** A follower that has not reported for this long is taken to be gone, and must start from a snapshot if it returns. */
const FORGET_FOLLOWER = '7 days';

@Injectable()
export class PostgresChangeLog extends ChangeLog {
  constructor(
    private readonly database: PostgresDatabase,
    private readonly session: PostgresSession,
    private readonly records: RecordCache,
  ) {
    super();
  }

  override async epoch(): Promise<string> {
    const { epoch } = await this.database.with(CatalogueEntity, (states) =>
      states.findOneByOrFail({ singleton: true }),
    );
    return epoch;
  }

  override async latestSequence(): Promise<number> {
    const [row] = await this.database.query<{ sequence: number }>(LATEST_SEQUENCE);
    return row?.sequence ?? 0;
  }

  override async canReplayFrom(sequence: number): Promise<boolean> {
    const [row] = await this.database.query<{ can: boolean }>(
      `SELECT $1::bigint BETWEEN trimmed_to AND (${LATEST_SEQUENCE}) AS can FROM catalogue`,
      [sequence],
    );
    return row?.can ?? false;
  }

  override async readAfter(
    space: EmbeddingSpace,
    sequence: number,
    limit: number,
  ): Promise<{ changes: Change[]; upTo: number; more: boolean }> {
    const rows = await this.database.query<{
      sequence: number;
      image_id: number;
      ours: boolean;
      vector: Buffer | null;
    }>(
      `WITH page AS (SELECT * FROM change WHERE sequence > $3 ORDER BY sequence LIMIT $4)
       SELECT p.sequence, p.image_id, coalesce(p.encoder_id = $1 AND p.tap = $2, false) AS ours, e.vector
       FROM page p LEFT JOIN embedding e
         ON e.encoder_id = $1 AND e.tap = $2 AND e.image_id = p.image_id AND p.encoder_id = $1 AND p.tap = $2
       ORDER BY p.sequence`,
      [space.encoderId, space.tap, sequence, limit],
    );
    const more = rows.length === limit;
    this.records.followed(
      rows.map((row) => row.image_id),
      !more,
    );
    return {
      changes: rows
        .filter((row) => row.ours)
        .map((row) => ({
          sequence: row.sequence,
          imageId: row.image_id,
          vector: row.vector && bytesToVector(row.vector),
        })),
      upTo: rows.at(-1)?.sequence ?? sequence,
      more,
    };
  }

  override snapshot(
    space: EmbeddingSpace,
    onBatch: (batch: { ids: number[]; vectors: Float32Array[] }) => Promise<void>,
  ): Promise<{ sequence: number }> {
    this.records.clear();
    return this.database.withConnection((client) => copyEmbeddings(client, space, onBatch));
  }

  override onChange(listener: () => void): () => void {
    const timer = setInterval(listener, POLL_MS);
    timer.unref();
    const unsubscribe = this.session.onChange(listener);
    return () => {
      clearInterval(timer);
      unsubscribe();
    };
  }

  override async saveFollower(name: string, sequence: number): Promise<void> {
    await this.database.query(
      `INSERT INTO follower (name, sequence) VALUES ($1, $2)
       ON CONFLICT (name) DO UPDATE SET sequence = excluded.sequence, saved_at = now()`,
      [name, sequence],
    );
  }

  override async forgetFollower(name: string): Promise<void> {
    await this.database.query('DELETE FROM follower WHERE name = $1', [name]);
  }

  override trim(): Promise<number> {
    return this.database.transaction(async (manager) => {
      await manager.query('DELETE FROM follower WHERE saved_at < now() - $1::interval', [FORGET_FOLLOWER]);
      // Never past the log's end: a follower that has yet to notice that the database went back has told more.
      const [oldest] = await manager.query<{ sequence: number | null }[]>(
        `SELECT min(least(sequence, (${LATEST_SEQUENCE}))) AS sequence FROM follower`,
      );
      if (!oldest?.sequence) return 0;
      await manager.query('UPDATE catalogue SET trimmed_to = greatest(trimmed_to, $1)', [oldest.sequence]);
      const [row] = await manager.query<{ n: number }[]>(
        'WITH gone AS (DELETE FROM change WHERE sequence <= $1 RETURNING 1) SELECT count(*) AS n FROM gone',
        [oldest.sequence],
      );
      return row?.n ?? 0;
    });
  }
}
