import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Cell } from '../lib/report.js';

/** One way to set up the product's index. */
export interface Variant {
  readonly name: string;
  readonly label: string;
  readonly ef: number;
  /** Components of the graph's short vectors; 0: the whole ones. */
  readonly compact: number;
}

/** What one contender showed. Bytes and seconds; what it cannot tell is absent. */
export interface Measurement {
  readonly name: string;
  readonly count: number;
  readonly buildWallSeconds: number;
  readonly buildCpuSeconds: number;
  readonly buildPeakBytes?: number;
  /** Growth of the process's resident memory, per vector. */
  readonly memoryPerVector: number;
  readonly filePerVector?: number;
  readonly startSeconds?: number;
  /** One query after another. */
  readonly searchesPerSecond: number;
  readonly searchCpuMs: number;
  readonly p50: number;
  readonly p99: number;
  /** Share of the 10 true neighbours found. */
  readonly recall: number;
  readonly remark?: string;
}

const folderOf = (workdir: string): string => path.join(workdir, 'results');

export async function saveMeasurement(workdir: string, key: string, measurement: Measurement): Promise<void> {
  await mkdir(folderOf(workdir), { recursive: true });
  await writeFile(path.join(folderOf(workdir), `${key}.json`), JSON.stringify(measurement, null, 2));
}

/** Everything measured so far in a work folder, by number of vectors. */
export async function readMeasurements(workdir: string): Promise<Measurement[]> {
  const names = await readdir(folderOf(workdir)).catch(() => []);
  const texts = await Promise.all(names.sort().map((name) => readFile(path.join(folderOf(workdir), name), 'utf8')));
  return texts.map((text) => JSON.parse(text) as Measurement).sort((a, b) => a.count - b.count);
}

export const MEASUREMENT_HEAD: readonly Cell[] = [
  'what',
  'vectors',
  'build CPU s',
  'build wall s',
  'memory B/vector',
  'files B/vector',
  'start s',
  'searches/s',
  'CPU ms',
  'p50 ms',
  'p99 ms',
  'recall@10',
];

export function measurementRow(one: Measurement): Cell[] {
  const fixed = (value: number | undefined, digits: number): string => value?.toFixed(digits) ?? '';
  return [
    one.name,
    one.count,
    fixed(one.buildCpuSeconds, 0),
    fixed(one.buildWallSeconds, 0),
    fixed(one.memoryPerVector, 0),
    fixed(one.filePerVector, 0),
    fixed(one.startSeconds, 1),
    fixed(one.searchesPerSecond, 0),
    fixed(one.searchCpuMs, 2),
    fixed(one.p50, 2),
    fixed(one.p99, 2),
    fixed(one.recall, 4),
  ];
}
