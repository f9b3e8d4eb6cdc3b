import { parseArgs } from 'node:util';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { FilterResolver, type FilterCondition, type ImageFilter } from '#libs/catalogue';
import { createVectorIndex, type VectorIndex, type VectorQuery } from '#libs/vector-index';
import { Dataset } from '../large/dataset.js';
import { wholeNumber } from '../lib/options.js';
import { machine, markdownTable, note, print, type Cell } from '../lib/report.js';
import { percentile } from '../lib/statistics.js';
import { withWorkFolder } from '../lib/work-folder.js';
import { makeSubsets, type Subset } from './subsets.js';

// Recall and latency of filtered search, beside a plain graph search whose answers are filtered afterwards.
// node dist/bench/filtered/main.js --count 100000 --dimension 512
const HELP = `npm run bench:filtered -- [--count 100000] [--dimension 512] [--queries 200] [--ef 64] [--workdir FOLDER]

  --workdir   keeps vectors and index here; a second run loads them, and so does bench:large in the same folder
  --gate      ends with 1 where the recall of a row is under 0.99
`;
const K = 10;
const GATE = 0.99;

const { values } = parseArgs({
  options: {
    count: { type: 'string', default: '100000' },
    dimension: { type: 'string', default: '512' },
    queries: { type: 'string', default: '200' },
    ef: { type: 'string', default: '64' },
    'exact-limit': { type: 'string', default: '20000' },
    workers: { type: 'string', default: String(Math.min(availableParallelism(), 4)) },
    workdir: { type: 'string' },
    gate: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

/** The matching sets, by the name of a collection. */
class NamedSets extends FilterResolver {
  readonly sets = new Map<string, Float64Array>();
  override async estimate(filter: ImageFilter): Promise<number> {
    return (await this.resolve(filter)).length;
  }
  override count(filter: ImageFilter): Promise<number> {
    return this.estimate(filter);
  }
  override async whichMatch(filter: ImageFilter, ids: readonly number[]): Promise<Set<number>> {
    const matching = new Set(await this.resolve(filter));
    return new Set(ids.filter((id) => matching.has(id)));
  }
  override resolve(filter: ImageFilter): Promise<Float64Array> {
    return Promise.resolve(this.sets.get(String((filter as FilterCondition).eq)) ?? new Float64Array());
  }
}

interface Measured {
  readonly recall: number;
  readonly p50: number;
  readonly p99: number;
  readonly plans: string;
}

type Ask = (vector: Float32Array) => Promise<{ ids: number[]; plan: string }>;

async function measure(subset: Subset, truth: readonly ReadonlySet<number>[], ask: Ask): Promise<Measured> {
  const times: number[] = [];
  const plans = new Set<string>();
  let found = 0;
  let wanted = 0;
  for (const [i, vector] of subset.queries.entries()) {
    const began = performance.now();
    const { ids, plan } = await ask(vector);
    times.push(performance.now() - began);
    plans.add(plan);
    wanted += truth[i]?.size ?? 0;
    found += ids.filter((id) => truth[i]?.has(id)).length;
  }
  return {
    recall: found / wanted,
    p50: percentile(times, 0.5),
    p99: percentile(times, 0.99),
    plans: [...plans].join(', '),
  };
}

async function fill(index: VectorIndex, vectors: readonly Float32Array[], dimension: number): Promise<void> {
  const { sequence } = await index.open({ epoch: 'bench', fingerprint: 'bench', tap: 'bench', dimension });
  if (sequence === vectors.length) return note('the index of an earlier run is there');
  if (sequence > 0) await index.clear();
  note(`building an index of ${vectors.length}`);
  for (let first = 0; first < vectors.length; first += 1000) {
    const puts = vectors.slice(first, first + 1000).map((vector, i) => ({ id: first + i + 1, vector }));
    await index.apply({ puts, deletes: [], sequence: first + puts.length });
  }
  await index.flush({ seal: true });
}

const asking = (index: VectorIndex, query: Omit<VectorQuery, 'vector' | 'k'>): Ask => {
  return async (vector) => {
    const { hits, plan } = await index.search({ vector, k: K, ...query });
    return { ids: hits.map(({ id }) => id), plan };
  };
};

/** What a graph without a planner does: the nearest `ef` of all, of which those that match are kept. */
function postFiltering(index: VectorIndex, subset: Subset, ef: number): Ask {
  const matching = new Set(subset.ids);
  return async (vector) => {
    const { hits, plan } = await index.search({ vector, k: ef, ef });
    return { ids: hits.flatMap(({ id }) => (matching.has(id) ? [id] : [])).slice(0, K), plan };
  };
}

async function main(dir: string): Promise<void> {
  const count = wholeNumber('count', values.count);
  const dimension = wholeNumber('dimension', values.dimension);
  const queries = wholeNumber('queries', values.queries);
  const ef = wholeNumber('ef', values.ef);
  const filters = new NamedSets();
  const make = (exactLimit: number): VectorIndex =>
    createVectorIndex(
      {
        kind: 'hnsw',
        m: 16,
        efConstruction: 200,
        compact: 0,
        ef,
        sealAt: 8192,
        exactLimit,
        workers: wholeNumber('workers', values.workers),
      },
      { dir: path.join(dir, `index-${dimension}-${count}-full`), filters, onNote: note },
    );
  const data = new Dataset(dir, count, dimension);
  await data.prepare();
  const vectors: Float32Array[] = [];
  for await (const rows of data.rows()) vectors.push(...rows.vectors);
  const subsets = makeSubsets(vectors, queries);
  for (const { name, ids } of subsets) filters.sets.set(name, ids);
  const filterOf = ({ name }: Subset): ImageFilter => ({ field: 'collection', eq: name });

  const planned = make(wholeNumber('exact-limit', values['exact-limit'], 0));
  await fill(planned, vectors, dimension);
  const segments = planned.stats().segments.map((segment) => segment.count);
  const truths = new Map<Subset, ReadonlySet<number>[]>();
  const rows = new Map<Subset, Cell[]>();
  let worst = 1;
  for (const subset of subsets) {
    note(subset.name);
    const truth: ReadonlySet<number>[] = [];
    const exact = await measure(subset, truth, async (vector) => {
      const answer = await asking(planned, { filter: filterOf(subset), exact: true })(vector);
      truth.push(new Set(answer.ids));
      return answer;
    });
    truths.set(subset, truth);
    const chosen = await measure(subset, truth, asking(planned, { filter: filterOf(subset) }));
    const plain = await measure(subset, truth, postFiltering(planned, subset, ef));
    worst = Math.min(worst, chosen.recall);
    rows.set(subset, [
      subset.name,
      subset.ids.length,
      chosen.plans,
      chosen.recall.toFixed(4),
      chosen.p50.toFixed(2),
      chosen.p99.toFixed(2),
      plain.recall.toFixed(4),
      plain.p50.toFixed(2),
      exact.p50.toFixed(2),
    ]);
  }
  await planned.close();
  // The same graphs without the short cut to scanning, to see where it begins to pay.
  const walking = make(0);
  await fill(walking, vectors, dimension);
  for (const subset of subsets) {
    const walked = await measure(subset, truths.get(subset) ?? [], asking(walking, { filter: filterOf(subset) }));
    rows.get(subset)?.push(walked.recall.toFixed(4), walked.p50.toFixed(2));
  }
  await walking.close();

  print(
    `${count} × ${dimension} in segments of ${segments.join(' + ')}, recall@${K} over ${queries} queries a row, ef ${ef}, milliseconds; ${machine()}\n`,
  );
  const head = [
    'filter',
    'matching',
    'plan',
    'recall',
    'p50',
    'p99',
    'post-filtering: recall',
    'p50',
    'always scanned: p50',
    'always walked: recall',
    'p50',
  ];
  print(markdownTable(head, [...rows.values()]));
  if (values.gate && worst < GATE) {
    note(`recall ${worst.toFixed(4)} is under ${GATE}`);
    process.exitCode = 1;
  }
}

if (values.help) print(HELP);
else await withWorkFolder(values.workdir, false, main);
