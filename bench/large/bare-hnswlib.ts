import { createRequire } from 'node:module';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { HnswLibrary } from '#libs/vector-index';
import { percentile } from '../lib/statistics.js';
import { Dataset, K, recall } from './dataset.js';
import type { Measurement } from './measurement.js';

// hnswlib-node with nothing around it, in this thread; prints one JSON measurement.
// node dist/bench/large/bare-hnswlib.js VECTORS QUERIES TRUTH COUNT DIMENSION SECONDS LABEL MODULE
const [vectors = '', , truthFile = '', countText, dimensionText, secondsText, label, module = ''] =
  process.argv.slice(2);
const data = new Dataset(path.dirname(vectors), Number(countText), Number(dimensionText));
const library = createRequire(import.meta.url)(module) as HnswLibrary;

const rssBefore = process.memoryUsage().rss;
const [began, cpu] = [performance.now(), process.cpuUsage()];
const graph = new library.HierarchicalNSW('ip', data.dimension);
graph.initIndex({ maxElements: data.count, m: 16, efConstruction: 200 });
for await (const { first, vectors: rows } of data.rows()) {
  for (const [i, row] of rows.entries()) graph.addPoint(Array.from(row), first + i);
}
const built = process.cpuUsage(cpu);
const buildWallSeconds = (performance.now() - began) / 1000;
graph.setEf(64);

const queries = (await data.queries()).map((query) => Array.from(query));
const truth = JSON.parse(await readFile(truthFile, 'utf8')) as number[][];
const found = queries.map((query) => graph.searchKnn(query, K).neighbors);
const times: number[] = [];
const [start, before] = [performance.now(), process.cpuUsage()];
for (let n = 0; performance.now() - start < Number(secondsText) * 1000; n++) {
  const asked = performance.now();
  graph.searchKnn(queries[n % queries.length] ?? [], K);
  times.push(performance.now() - asked);
}
const used = process.cpuUsage(before);
const result: Measurement = {
  name: `hnswlib-node, ${label}`,
  count: data.count,
  buildWallSeconds,
  buildCpuSeconds: (built.user + built.system) / 1e6,
  memoryPerVector: (process.memoryUsage().rss - rssBefore) / data.count,
  searchesPerSecond: times.length / ((performance.now() - start) / 1000),
  searchCpuMs: (used.user + used.system) / 1000 / times.length,
  p50: percentile(times, 0.5),
  p99: percentile(times, 0.99),
  recall: recall(found, truth),
};
process.stdout.write(JSON.stringify(result));
