import { readFile } from 'node:fs/promises';
import { BlockLayout } from '../../libs/vector-index/src/matrix/block-layout.js';
import { PartRows } from '../../libs/vector-index/src/matrix/part-rows.js';
import { principalAxes } from '../../libs/vector-index/src/sealing/principal-axes.js';
import { readOptions, wholeNumber } from '../lib/options.js';
import { machine, markdownTable, print, type Cell } from '../lib/report.js';
import { K, QUERIES } from './dataset.js';

// What is lost when a first stage looks at shorter or rounded vectors and a second ranks its candidates by the whole ones:
// recall of both stages without a graph between them, so that nothing but the shortening counts.
// node dist/bench/large/compact.js --vectors FILE (rows of float32, such as data/index/**/*.vectors) --dimension 512
const USAGE = `node dist/bench/large/compact.js --vectors FILE [options]
What is lost when a first stage looks at shorter or rounded vectors.
  --vectors FILE     rows of float32, such as data/index/**/*.vectors
  --dimension D      [512]
  --count N          rows that are used [20000]`;

const values = readOptions(
  USAGE,
  {
    vectors: { type: 'string' },
    dimension: { type: 'string', default: '512' },
    count: { type: 'string', default: '20000' },
  },
  ['vectors'],
);
const CANDIDATES = [10, 32, 64, 128];
/** Links and ids of a node at M = 16, measured as file bytes less vectors. */
const LINKS = 149;

type Row = ArrayLike<number>;

function dot(a: Row, b: Row): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] ?? 0) * (b[i] ?? 0);
  return sum;
}

function best(query: Row, rows: readonly Row[], k: number): number[] {
  const scored = rows.map((row, at) => ({ at, score: dot(query, row) }));
  return scored
    .sort((a, b) => b.score - a.score)
    .slice(0, k)
    .map(({ at }) => at);
}

/** Components rounded to `levels` steps either side of zero, each vector scaled by its own largest one. */
function rounded(vector: Row, levels: number): Row {
  const largest = Math.max(...Array.from(vector, Math.abs));
  return Float32Array.from(vector, (x) => (Math.round((x / largest) * levels) * largest) / levels);
}

async function main(): Promise<void> {
  const dimension = wholeNumber('dimension', values.dimension);
  const file = await readFile(values.vectors);
  const all = new Float32Array(file.buffer.slice(file.byteOffset, file.byteOffset + file.length));
  const total = Math.min(all.length / dimension, wholeNumber('count', values.count) + QUERIES);
  // Every n-th row asks and is not among those that are searched.
  const step = Math.floor(total / QUERIES);
  const queries: Float32Array[] = [];
  const rows: Float32Array[] = [];
  for (let i = 0; i < total; i++) {
    const row = all.subarray(i * dimension, (i + 1) * dimension);
    (i % step === 0 && queries.length < QUERIES ? queries : rows).push(row);
  }
  const truth = queries.map((query) => new Set(best(query, rows, K)));
  const recallOf = (firstQueries: readonly Row[], firstRows: readonly Row[]): string[] => {
    const found = CANDIDATES.map(() => 0);
    for (const [n, query] of queries.entries()) {
      const candidates = best(firstQueries[n] ?? [], firstRows, Math.max(...CANDIDATES));
      for (const [c, count] of CANDIDATES.entries()) {
        const ranked = candidates
          .slice(0, count)
          .map((at) => ({ at, score: dot(query, rows[at] ?? []) }))
          .sort((a, b) => b.score - a.score)
          .slice(0, K);
        found[c] = (found[c] ?? 0) + ranked.filter(({ at }) => truth[n]?.has(at)).length;
      }
    }
    return found.map((hits) => (hits / (K * queries.length)).toFixed(4));
  };
  const layout = new BlockLayout(dimension, 1);
  const memories = Array.from({ length: layout.blocksFor(rows.length) }, () => layout.allocate());
  const part = new PartRows(layout, memories);
  for (const [at, row] of rows.entries()) part.write(at, at + 1, row);
  const table: Cell[][] = [];
  const add = (name: string, stageBytes: number, firstQueries: readonly Row[], firstRows: readonly Row[]): void => {
    table.push([name, stageBytes, stageBytes + LINKS + 4 * dimension, ...recallOf(firstQueries, firstRows)]);
  };
  add('whole vectors, f32', 4 * dimension, queries, rows);
  for (const components of [256, 128, 64, 32].filter((n) => n < dimension)) {
    const axes = await principalAxes(part, rows.length, components);
    add(
      `${components} principal components, f32`,
      4 * components,
      queries.map((row) => axes.apply(row)),
      rows.map((row) => axes.apply(row)),
    );
  }
  add(
    'whole vectors, 16-bit steps',
    2 * dimension,
    queries,
    rows.map((row) => rounded(row, 32_767)),
  );
  add(
    'whole vectors, 8-bit steps',
    dimension,
    queries,
    rows.map((row) => rounded(row, 127)),
  );
  print(`${rows.length} × ${dimension}, ${queries.length} queries; ${machine()}\n`);
  const heads = CANDIDATES.map((count) => `recall@10, ${count} re-ranked`);
  print(markdownTable(['first stage', 'bytes', 'bytes with links and matrix', ...heads], table));
}

await main();
