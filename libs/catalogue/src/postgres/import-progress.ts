import type { ImportProgress, ImportRecord, ItemOutcome, ItemStatus } from '../domain/import.js';
import type { ImportEntity } from './entities.js';
import type { PostgresDatabase } from './postgres-database.js';

const RATE_WINDOW_SECONDS = 60;

/** How many items of an import ended alike. */
interface Group {
  readonly id: number;
  readonly status: ItemStatus;
  readonly outcome: ItemOutcome | null;
  readonly n: number;
}

interface Rate {
  readonly id: number;
  readonly n: number;
  readonly seconds: number;
}

export function toImportRecord(entity: ImportEntity): ImportRecord {
  const { collection, ...rest } = entity;
  return { ...rest, ...(collection !== null && { collection }) };
}

/** Imports with their counts, and their rates over the last minute: two statements, however many they are. */
export async function readProgress(
  database: PostgresDatabase,
  entities: readonly ImportEntity[],
): Promise<ImportProgress[]> {
  if (entities.length === 0) return [];
  const ids = entities.map(({ id }) => id);
  const [groups, rates] = await Promise.all([
    database.query<Group>(
      `SELECT t.import_id AS id, t.status, t.outcome, count(*) AS n FROM import_item t JOIN import m ON m.id = t.import_id
       WHERE m.id = ANY($1::integer[]) AND m.tallies IS NULL GROUP BY 1, 2, 3
       UNION ALL
       SELECT m.id, t.status, t.outcome, t.n FROM import m, jsonb_to_recordset(m.tallies) AS t (status text, outcome text, n bigint)
       WHERE m.id = ANY($1::integer[])`,
      [ids],
    ),
    // Over the last minute, or all of it once it has ended. Unchanged files are settled all at once and say nothing of speed.
    database.query<Rate>(
      `WITH span AS (
         SELECT id, coalesce(finished, now()) AS until,
                greatest(created, CASE WHEN finished IS NULL THEN now() - make_interval(secs => $4) ELSE created END) AS since
         FROM unnest($1::integer[], $2::timestamptz[], $3::timestamptz[]) AS given (id, created, finished))
       SELECT id, extract(epoch FROM until - since)::float8 AS seconds, CASE WHEN m.tallies IS NULL
              THEN (SELECT count(*) FROM import_item t
                    WHERE t.import_id = m.id AND t.finished_at >= since AND t.outcome IS DISTINCT FROM 'unchanged')
              ELSE (SELECT coalesce(sum(t.timed), 0)::bigint
                    FROM jsonb_to_recordset(m.tallies) AS t (outcome text, timed bigint)
                    WHERE t.outcome IS DISTINCT FROM 'unchanged') END AS n
       FROM span JOIN import m USING (id)`,
      [ids, entities.map((one) => one.createdAt), entities.map((one) => one.finishedAt), RATE_WINDOW_SECONDS],
    ),
  ]);
  return entities.map((entity) =>
    toProgress(
      entity,
      groups.filter(({ id }) => id === entity.id),
      rates.find(({ id }) => id === entity.id),
    ),
  );
}

function toProgress(entity: ImportEntity, groups: readonly Group[], recent: Rate | undefined): ImportProgress {
  const sum = (keep: (group: Group) => boolean) => groups.filter(keep).reduce((total, group) => total + group.n, 0);
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
