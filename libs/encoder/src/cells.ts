import { DomainError } from '#libs/errors';

/**
 * A picture's vector taken apart by place: one vector for each cell of the last feature map, which add up to the vector.
 * Row by row, `dimension` numbers each.
 */
export interface CellVectors {
  readonly rows: number;
  readonly columns: number;
  readonly dimension: number;
  readonly data: Float32Array<ArrayBuffer>;
}

/** What stands between the mean of a feature map and a tap: vector = weight · mean + bias. */
export interface LinearMap {
  /** [outputs, inputs], row by row. */
  readonly weight: Float32Array;
  readonly bias: Float32Array;
}

/** One picture's feature map, read by cell and channel. */
export interface CellReader {
  readonly rows: number;
  readonly columns: number;
  readonly channels: number;
  read(cell: number, channel: number): number;
}

/** How far the sum of the cells may be from the vector the network gave, as a share of its length. */
const TOLERANCE = 1e-3;

/**
 * Takes a vector apart exactly. The mean of a feature map m over n cells is linear, and so is what follows: the vector is
 * Σ (W · m[cell] + b) / n, the bias shared out evenly (arXiv 2001.06538; 2506.01636 for the linear layer).
 *
 * @param linear undefined where the vector is the mean itself
 * @param vector what the network gave, to check against
 * @throws DomainError `explanation_unavailable` where the cells do not add up to the vector: something else stands between
 */
export function cellVectors(map: CellReader, linear: LinearMap | undefined, vector: Float32Array): CellVectors {
  const count = map.rows * map.columns;
  const dimension = vector.length;
  const fits = linear ? linear.weight.length === dimension * map.channels : dimension === map.channels;
  if (!fits) throw unavailable();
  const data = new Float32Array(count * dimension);
  const channels = new Float32Array(map.channels);
  for (let cell = 0; cell < count; cell++) {
    for (let channel = 0; channel < channels.length; channel++) channels[channel] = map.read(cell, channel);
    const at = cell * dimension;
    for (let i = 0; i < dimension; i++)
      data[at + i] = (linear ? output(linear, channels, i) : (channels[i] ?? 0)) / count;
  }
  mustAddUp(data, vector);
  return { rows: map.rows, columns: map.columns, dimension, data };
}

function output({ weight, bias }: LinearMap, input: Float32Array, row: number): number {
  const at = row * input.length;
  let sum = bias[row] ?? 0;
  for (let i = 0; i < input.length; i++) sum += (weight[at + i] ?? 0) * (input[i] ?? 0);
  return sum;
}

function mustAddUp(data: Float32Array, vector: Float32Array): void {
  let off = 0;
  let length = 0;
  for (let i = 0; i < vector.length; i++) {
    let sum = 0;
    for (let at = i; at < data.length; at += vector.length) sum += data[at] ?? 0;
    off += (sum - (vector[i] ?? 0)) ** 2;
    length += (vector[i] ?? 0) ** 2;
  }
  if (!(off <= TOLERANCE ** 2 * length)) throw unavailable();
}

export function unavailable(): DomainError {
  return new DomainError(
    'explanation_unavailable',
    'This tap is not linear in the mean of a feature map of the encoder, so that places have no exact share in a score.',
  );
}
