import { BlockLayout } from '../../libs/vector-index/src/matrix/block-layout.js';
import { BlockScorer } from '../../libs/vector-index/src/matrix/block-scorer.js';
import { PartRows } from '../../libs/vector-index/src/matrix/part-rows.js';
import { seededNormal, seededRandom } from '../lib/random.js';

export interface KernelSpeed {
  readonly kernelGb: number;
  /** The same inner products in a loop over Float32Arrays. */
  readonly plainGb: number;
  /** Copying the matrix: what memory gives to one thread, counted once for the reading. */
  readonly readGb: number;
}

/** Gigabytes of vectors scored in a second by one thread, best of five. */
export function measureKernel(dimension: number, count: number): KernelSpeed {
  const layout = new BlockLayout(dimension, 1);
  const rows = new PartRows(layout, [layout.allocate()]);
  const length = Math.min(count, layout.rows);
  const normal = seededNormal(seededRandom(9));
  const matrix = new Float32Array(length * dimension);
  for (let row = 0; row < length; row++) {
    const vector = matrix.subarray(row * dimension, (row + 1) * dimension);
    for (let i = 0; i < dimension; i++) vector[i] = normal();
    rows.write(row, row + 1, vector);
  }
  const query = Float32Array.from({ length: dimension }, normal);
  const [block] = rows.blocks;
  if (!block) throw new Error('a part with rows has a block');
  const scorer = new BlockScorer(block, 0);
  const scores = new Float32Array(length);
  const copy = new Float32Array(matrix.length);
  const gigabytes = matrix.byteLength / 1e9;
  return {
    kernelGb:
      gigabytes /
      fastest(() => scorer.scan(query, length, (found, first, chunk) => scores.set(found.subarray(0, chunk), first))),
    plainGb: gigabytes / fastest(() => plainScan(matrix, query, scores)),
    readGb: gigabytes / fastest(() => copy.set(matrix)),
  };
}

function plainScan(matrix: Float32Array, query: Float32Array, scores: Float32Array): void {
  const dimension = query.length;
  for (let row = 0; row < scores.length; row++) {
    let sum = 0;
    const at = row * dimension;
    for (let i = 0; i < dimension; i++) sum += (matrix[at + i] ?? 0) * (query[i] ?? 0);
    scores[row] = sum;
  }
}

function fastest(work: () => void): number {
  let best = Infinity;
  for (let run = 0; run < 5; run++) {
    const began = performance.now();
    work();
    best = Math.min(best, (performance.now() - began) / 1000);
  }
  return best;
}
