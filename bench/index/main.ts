import { createRequire } from 'node:module';
import { mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, cpus, tmpdir } from 'node:os';
import path from 'node:path';
import { createVectorIndex, type VectorIndex } from '#libs/vector-index';
import { fill, HNSW, IDENTITY } from '../lib/bench-index.js';
import { readOptions } from '../lib/options.js';
import { NoFilters } from '../lib/no-filters.js';
import { ClusteredVectors } from '../lib/clustered-vectors.js';
import { measureKernel } from './kernel-speed.js';
import type { HnswLibrary } from '#libs/vector-index';

// The vector index through its port, beside a bare loop over hnswlib-node on the same graph and `ef`.
// node dist/bench/index/main.js --count 100000 --dimension 512
const USAGE = `npm run bench:index -- [options]
The vector index through its port, beside a bare loop over hnswlib-node on the same graph.
  --count N          vectors [100000]
  --dimension D      [512]
  --ef N             candidates of a search [64]
  --seconds S        for each number [5]
  --workers N        searching threads [one a core, at most 4]`;

const values = readOptions(USAGE, {
  count: { type: 'string', default: '100000' },
  dimension: { type: 'string', default: '512' },
  ef: { type: 'string', default: '64' },
  seconds: { type: 'string', default: '5' },
  workers: { type: 'string', default: String(Math.min(availableParallelism(), 4)) },
});
const count = Number(values.count);
const dimension = Number(values.dimension);
const ef = Number(values.ef);
const seconds = Number(values.seconds);
const K = 10;
const QUERIES = 200;

const say = (line: string): void => void process.stdout.write(`${line}\n`);
const row = (...cells: (string | number)[]): void => say(`| ${cells.join(' | ')} |`);
const clock = (): number => performance.now() / 1000;

const noFilters = new NoFilters();

async function build(dir: string, vectors: readonly Float32Array[]): Promise<VectorIndex> {
  const settings = { ...HNSW, ef, workers: Number(values.workers) };
  const index = createVectorIndex(settings, { dir, filters: noFilters, onNote: say });
  await index.open({ ...IDENTITY, dimension });
  const before = process.memoryUsage().rss;
  const began = clock();
  await fill(index, vectors);
  const loaded = clock();
  await index.flush({ seal: true });
  const { segments, fileBytes } = index.stats();
  row('searchable after', `${(loaded - began).toFixed(1)} s`);
  row('sealed after', `${(clock() - began).toFixed(1)} s`);
  row('segments', segments.map((segment) => segment.count).join(' + '));
  row('file bytes / vector', Math.round(fileBytes / count));
  row('RSS bytes / vector', Math.round((process.memoryUsage().rss - before) / count));
  return index;
}

/** Searches per second with `clients` asking one after another each, and their 50th and 99th percentile in ms. */
async function rate(
  clients: number,
  ask: (n: number) => Promise<unknown>,
): Promise<{ perSecond: number; p50: number; p99: number }> {
  const times: number[] = [];
  const began = clock();
  const client = async (offset: number): Promise<void> => {
    for (let n = offset; clock() - began < seconds; n++) {
      const start = clock();
      await ask(n);
      times.push((clock() - start) * 1000);
    }
  };
  await Promise.all(Array.from({ length: clients }, (_, i) => client(i * 31)));
  times.sort((a, b) => a - b);
  const at = (share: number): number => times[Math.floor(times.length * share)] ?? NaN;
  return { perSecond: times.length / (clock() - began), p50: at(0.5), p99: at(0.99) };
}

/** The same graph file in this thread, nothing around it: what the port is measured against. */
function bareLoop(file: string, queries: readonly Float32Array[]): number {
  const { HierarchicalNSW } = createRequire(import.meta.url)('hnswlib-node') as HnswLibrary;
  const graph = new HierarchicalNSW('ip', dimension);
  graph.readIndexSync(file);
  graph.setEf(ef);
  const plain = queries.map((query) => Array.from(query));
  const began = clock();
  let done = 0;
  for (; clock() - began < seconds; done++) graph.searchKnn(plain[done % plain.length] ?? [], K);
  return done / (clock() - began);
}

async function main(): Promise<void> {
  say(
    `${count} × ${dimension}, ef ${ef}, k ${K}; ${cpus()[0]?.model.trim()}, ${availableParallelism()} cores, Node ${process.version}\n`,
  );
  const source = new ClusteredVectors(dimension);
  const vectors = source.take(count);
  const queries = source.take(QUERIES);
  const query = (n: number): Float32Array => queries[n % QUERIES] ?? new Float32Array(dimension);
  const dir = await mkdtemp(path.join(tmpdir(), 'likeness-bench-'));
  try {
    row('measure', 'value');
    row('---', '---');
    const kernel = measureKernel(dimension, Math.min(count, 30_000));
    row(
      'exact scan, kernel',
      `${kernel.kernelGb.toFixed(1)} GB/s (${(kernel.kernelGb / kernel.plainGb).toFixed(1)} × plain loop)`,
    );
    row('reading memory alone', `${kernel.readGb.toFixed(1)} GB/s`);
    const index = await build(dir, vectors);
    let found = 0;
    for (const vector of queries) {
      const truth = await index.search({ vector, k: K, exact: true });
      const ids = new Set(truth.hits.map((hit) => hit.id));
      found += (await index.search({ vector, k: K })).hits.filter((hit) => ids.has(hit.id)).length;
    }
    row(`recall@${K} (n = ${QUERIES})`, (found / (K * QUERIES)).toFixed(4));
    const [segment] = index.stats().segments;
    const bare = segment ? bareLoop(path.join(dir, `${segment.name}.graph`), queries) : NaN;
    row('bare loop over hnswlib-node', `${bare.toFixed(0)} /s`);
    for (const clients of [1, 8, 32]) {
      const { perSecond, p50, p99 } = await rate(clients, (n) => index.search({ vector: query(n), k: K }));
      const share = ((100 * perSecond) / bare).toFixed(0);
      row(
        `port, ${clients} at once`,
        `${perSecond.toFixed(0)} /s (${share} %), p50 ${p50.toFixed(2)} ms, p99 ${p99.toFixed(2)} ms`,
      );
    }
    const exact = await rate(1, (n) => index.search({ vector: query(n), k: K, exact: true }));
    row('port, exact', `${exact.perSecond.toFixed(0)} /s, p50 ${exact.p50.toFixed(1)} ms`);
    await index.close();
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

await main();
