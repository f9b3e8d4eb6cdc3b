import type { ImportProgress, ImportRecord, ItemOutcome, ItemStatus } from '../domain/import.js';
import type { ImportEntity } from './entities.js';
import type { PostgresDatabase } from './postgres-database.js';

const RATE_WINDOW_SECONDS = 60;

export function toImportRecord(entity: ImportEntity): ImportRecord {
  const { collection, ...rest } = entity;
  return { ...rest, ...(collection !== null && { collection }) };
}

/** An import with its counts, and its rate over the last minute. */
export async function readProgress(database: PostgresDatabase, entity: ImportEntity): Promise<ImportProgress> {
  const [groups, [recent]] = await Promise.all([
    database.query<{ status: ItemStatus; outcome: ItemOutcome | null; n: number }>(
      'SELECT status, outcome, count(*) AS n FROM import_item WHERE import_id = $1 GROUP BY 1, 2',
      [entity.id],
    ),
    // Over the last minute, or all of it once it has ended. Unchanged files are settled all at once and say nothing of speed.
    database.query<{ n: number; seconds: number }>(
      `WITH span AS (
         SELECT coalesce($3::timestamptz, now()) AS until,
                greatest($2, CASE WHEN $3::timestamptz IS NULL THEN now() - make_interval(secs => $4) ELSE $2 END) AS since)
       SELECT count(t.id) AS n, extract(epoch FROM until - since)::float8 AS seconds
       FROM span LEFT JOIN import_item t ON t.import_id = $1 AND t.finished_at >= since AND t.outcome IS DISTINCT FROM 'unchanged'
       GROUP BY until, since`,
      [entity.id, entity.createdAt, entity.finishedAt, RATE_WINDOW_SECONDS],
    ),
  ]);
  const sum = (keep: (group: { status: ItemStatus; outcome: ItemOutcome | null }) => boolean) =>
    groups.filter(keep).reduce((total, group) => total + group.n, 0);
  const outcome = (name: ItemOutcome) => sum((group) => group.status === 'done' && group.outcome === name);
  const left = sum((group) => group.status === 'pending' || group.status === 'leased');
  const rate = recent && recent.n > 0 && recent.seconds > 0 ? recent.n / recent.seconds : null;
  return {
    ...toImportRecord(entity),
    total: sum(() => true),
    done: sum((group) => group.status === 'done'),
    failed: sum((group) => group.status === 'failed'),
    left,
    outcomes: {
      added: outcome('added'),
      existing: outcome('existing'),
      replaced: outcome('replaced'),
      unchanged: outcome('unchanged'),
      removed: outcome('removed'),
    },
    rate,
    etaSeconds: rate === null || entity.status !== 'running' ? null : left / rate,
  };
}
