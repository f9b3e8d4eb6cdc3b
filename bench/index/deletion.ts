import { createVectorIndex, type VectorIndex } from '#libs/vector-index';
import { HNSW, IDENTITY } from '../lib/bench-index.js';
import { ClusteredVectors } from '../lib/clustered-vectors.js';
import { NoFilters } from '../lib/no-filters.js';
import { readOptions, wholeNumber } from '../lib/options.js';
import { machine, markdownTable, note, print, type Cell } from '../lib/report.js';
import { percentile } from '../lib/statistics.js';
import { withWorkFolder } from '../lib/work-folder.js';

// What deleting half of the images does to an index: at once, after the next build, and after a restart.
// node dist/bench/index/deletion.js --count 20000 --dimension 512
const USAGE = `node dist/bench/index/deletion.js [options]
What deleting half of the images does to an index: at once, after the next build, and after a restart.
  --count N          vectors [20000]
  --dimension D      [512]`;

const values = readOptions(USAGE, {
  count: { type: 'string', default: '20000' },
  dimension: { type: 'string', default: '512' },
});
const count = wholeNumber('count', values.count);
const dimension = wholeNumber('dimension', values.dimension);
const K = 10;
const QUERIES = 200;
const EF = 64;

function create(dir: string): VectorIndex {
  return createVectorIndex({ ...HNSW, ef: EF, workers: 2 }, { dir, filters: new NoFilters() });
}

/** One row: what the index holds, how well it finds, and how many that live do not find themselves. */
async function look(
  name: string,
  index: VectorIndex,
  queries: readonly Float32Array[],
  live: readonly { id: number; vector: Float32Array }[],
): Promise<Cell[]> {
  note(name);
  const { live: held, deleted, fileBytes } = index.stats();
  const alive = new Set(live.map(({ id }) => id));
  const times: number[] = [];
  let found = 0;
  let dead = 0;
  for (const vector of queries) {
    const truth = new Set((await index.search({ vector, k: K, exact: true })).hits.map(({ id }) => id));
    const began = performance.now();
    const { hits } = await index.search({ vector, k: K });
    times.push(performance.now() - began);
    found += hits.filter(({ id }) => truth.has(id)).length;
    dead += hits.filter(({ id }) => !alive.has(id)).length;
  }
  let lost = 0;
  for (const { id, vector } of live) if ((await index.search({ vector, k: 1 })).hits[0]?.id !== id) lost++;
  return [
    name,
    held,
    deleted,
    Math.round(fileBytes / 1e6),
    (found / (K * QUERIES)).toFixed(4),
    percentile(times, 0.5).toFixed(2),
    dead,
    lost,
  ];
}

async function main(dir: string): Promise<void> {
  const source = new ClusteredVectors(dimension);
  const all = source.take(count).map((vector, i) => ({ id: i + 1, vector }));
  const queries = source.take(QUERIES);
  const rows: Cell[][] = [];
  const index = create(dir);
  await index.open({ ...IDENTITY, dimension });
  for (let first = 0; first < count; first += 1000) {
    await index.apply({ puts: all.slice(first, first + 1000), deletes: [], sequence: first + 1000 });
  }
  await index.flush({ seal: true });
  rows.push(await look('before', index, queries, all));
  const left = all.filter(({ id }) => id % 2 === 1);
  const deletes = all.filter(({ id }) => id % 2 === 0).map(({ id }) => id);
  await index.apply({ puts: [], deletes, sequence: count + 1 });
  rows.push(await look('half deleted, at once', index, queries, left));
  await index.flush();
  rows.push(await look('after the next build', index, queries, left));
  await index.close();
  const again = create(dir);
  await again.open({ ...IDENTITY, dimension });
  rows.push(await look('after a restart', again, queries, left));
  await again.close();
  print(`${count} × ${dimension}, recall@${K} over ${QUERIES} queries, ef ${EF}; ${machine()}\n`);
  print(
    markdownTable(
      [
        'when',
        'live',
        'deleted rows kept',
        'files MB',
        `recall@${K}`,
        'p50 ms',
        'deleted ones answered',
        'live ones that do not find themselves',
      ],
      rows,
    ),
  );
}

await withWorkFolder(undefined, false, main);
