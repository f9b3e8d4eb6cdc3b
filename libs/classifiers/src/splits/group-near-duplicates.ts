import { FeatureMatrix } from '../numeric/feature-matrix.js';

/**
 * Group numbers of rows: two rows whose cosine is at least `threshold` are in one group, and so is whatever hangs together
 * by such pairs. Groups are numbered by their first row.
 *
 * @param features row-major n × `columns`, raw
 * @param known pairs of rows that are near-duplicates whatever their cosine
 */
export function groupNearDuplicates(
  features: Float32Array,
  columns: number,
  threshold: number,
  known: readonly (readonly [number, number])[] = [],
): Int32Array {
  const rows = features.length / columns;
  const matrix = new FeatureMatrix(roundUpTo4(rows), columns, 4, 512);
  for (let row = 0; row < rows; row++)
    setUnitVector(matrix.row(row), features.subarray(row * columns, (row + 1) * columns));
  const parent = Int32Array.from({ length: rows }, (_, row) => row);
  const most = matrix.blockRows;
  for (let query = 0; query < rows; query += 4) {
    for (let first = query; first < rows; first += most) {
      const count = Math.min(most, rows - first);
      const cosines = matrix.similar(query, first, count);
      for (let at = 0; at < count * 4; at++) {
        if ((cosines[at] as number) < threshold) continue;
        const one = query + (at & 3);
        const other = first + (at >> 2);
        if (one < other) join(parent, one, other);
      }
    }
  }
  for (const [one, other] of known) join(parent, one, other);
  return parent.map((_, row) => rootOf(parent, row));
}

const roundUpTo4 = (value: number): number => Math.ceil(value / 4) * 4;

function setUnitVector(target: Float32Array, source: Float32Array): void {
  const length = Math.sqrt(source.reduce((sum, value) => sum + value * value, 0));
  if (length > 0) source.forEach((value, at) => (target[at] = value / length));
}

function rootOf(parent: Int32Array, row: number): number {
  let root = row;
  while (parent[root] !== root) root = parent[root] as number;
  parent[row] = root;
  return root;
}

function join(parent: Int32Array, one: number, other: number): void {
  const a = rootOf(parent, one);
  const b = rootOf(parent, other);
  parent[Math.max(a, b)] = Math.min(a, b);
}
