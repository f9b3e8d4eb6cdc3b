import { availableParallelism } from 'node:os';
import path from 'node:path';
import { inCollection } from '#libs/catalogue';
import { createVectorIndex, type VectorIndex } from '#libs/vector-index';
import { Dataset } from '../large/dataset.js';
import { fill, HNSW, IDENTITY } from '../lib/bench-index.js';
import { readOptions, wholeNumber } from '../lib/options.js';
import { machine, markdownTable, note, print, type Cell } from '../lib/report.js';
import { withWorkFolder } from '../lib/work-folder.js';
import { CROSSOVER_HEAD, measureCrossover } from './crossover.js';
import { asking, K, measure, postFiltering, scanned, type Measured } from './measure.js';
import { NamedSets } from './named-sets.js';
import { makeSubsets } from './subsets.js';

// Recall and latency of filtered search, beside a plain graph search whose answers are filtered afterwards.
// node dist/bench/filtered/main.js --count 100000 --dimension 512
const GATE = 0.99;

const USAGE = `npm run bench:filtered -- [--count 100000] [--dimension 512] [--queries 200] [--ef 64] [--workdir FOLDER]

  --workdir     keeps vectors and index here; a second run loads them, and so does bench:large in the same folder
  --gate        ends with 1 where the recall of a row is under 0.99
  --crossover   instead: scanning beside walking for rising numbers of candidates
`;

const values = readOptions(USAGE, {
  count: { type: 'string', default: '100000' },
  dimension: { type: 'string', default: '512' },
  queries: { type: 'string', default: '200' },
  ef: { type: 'string', default: '64' },
  'exact-limit': { type: 'string', default: '20000' },
  workers: { type: 'string', default: String(Math.min(availableParallelism(), 4)) },
  workdir: { type: 'string' },
  gate: { type: 'boolean', default: false },
  crossover: { type: 'boolean', default: false },
});
const count = wholeNumber('count', values.count);
const dimension = wholeNumber('dimension', values.dimension);
const queries = wholeNumber('queries', values.queries);
const ef = wholeNumber('ef', values.ef);
const workers = wholeNumber('workers', values.workers);
const ALWAYS_WALKED = 0;

const HEAD: readonly Cell[] = [
  'filter',
  'matching',
  'plan',
  'recall',
  'p50',
  'p99',
  'CPU',
  'post-filtering: recall',
  'p50',
  'p99',
  'CPU',
  'always scanned: p50',
  'CPU',
  'always walked: recall',
  'p50',
  'CPU',
];
const costs = ({ p50, p99, cpu }: Measured): Cell[] => [p50.toFixed(2), p99.toFixed(2), cpu.toFixed(2)];

/** The index of the work folder, built where it is not there yet. */
async function opened(
  dir: string,
  filters: NamedSets,
  vectors: readonly Float32Array[],
  exactLimit: number,
): Promise<VectorIndex> {
  const folder = path.join(dir, `index-${dimension}-${count}-full`);
  const index = createVectorIndex({ ...HNSW, ef, exactLimit, workers }, { dir: folder, filters, onNote: note });
  const { sequence } = await index.open({ ...IDENTITY, dimension });
  if (sequence === vectors.length) return index;
  if (sequence > 0) await index.clear();
  note(`building an index of ${vectors.length}`);
  await fill(index, vectors);
  await index.flush({ seal: true });
  return index;
}

/** @returns the worst recall of the product */
async function compareFilters(
  planned: VectorIndex,
  walking: VectorIndex,
  filters: NamedSets,
  vectors: readonly Float32Array[],
) {
  const rows: Cell[][] = [];
  let worst = 1;
  for (const subset of makeSubsets(vectors, queries)) {
    note(subset.name);
    filters.sets.set(subset.name, subset.ids);
    const filter = inCollection(subset.name);
    const { truth, cost } = await scanned(planned, subset, { filter });
    const chosen = await measure(subset, truth, asking(planned, { filter }));
    const plain = await measure(subset, truth, postFiltering(planned, subset, ef));
    const walked = await measure(subset, truth, asking(walking, { filter }));
    worst = Math.min(worst, chosen.recall);
    rows.push([
      subset.name,
      subset.ids.length,
      chosen.plans,
      chosen.recall.toFixed(4),
      ...costs(chosen),
      plain.recall.toFixed(4),
      ...costs(plain),
      cost.p50.toFixed(2),
      cost.cpu.toFixed(2),
      walked.recall.toFixed(4),
      walked.p50.toFixed(2),
      walked.cpu.toFixed(2),
    ]);
  }
  print(markdownTable(HEAD, rows));
  return worst;
}

async function main(dir: string): Promise<void> {
  const filters = new NamedSets();
  const data = new Dataset(dir, count, dimension);
  await data.prepare();
  const vectors: Float32Array[] = [];
  for await (const rows of data.rows()) vectors.push(...rows.vectors);
  const planned = await opened(dir, filters, vectors, wholeNumber('exact-limit', values['exact-limit'], 0));
  // The same graphs without the short cut to scanning, to see where it begins to pay.
  const walking = await opened(dir, filters, vectors, ALWAYS_WALKED);
  const segments = planned.stats().segments.map((segment) => segment.count);
  const what = `${count} × ${dimension} in segments of ${segments.join(' + ')}`;
  print(`${what}, recall@${K} over ${queries} queries a row, ef ${ef}, milliseconds; ${machine()}\n`);
  if (values.crossover) {
    print(
      markdownTable(CROSSOVER_HEAD, await measureCrossover({ scanning: planned, walking }, filters, vectors, queries)),
    );
  } else {
    const worst = await compareFilters(planned, walking, filters, vectors);
    if (values.gate && worst < GATE) {
      note(`recall ${worst.toFixed(4)} is under ${GATE}`);
      process.exitCode = 1;
    }
  }
  await Promise.all([planned.close(), walking.close()]);
}

await withWorkFolder(values.workdir, false, main);
