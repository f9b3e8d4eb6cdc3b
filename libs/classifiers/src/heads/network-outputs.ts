import type { FeatureMatrix } from '../numeric/feature-matrix.js';
import type { Layer, Network } from './problem.js';

/**
 * Outputs of a network for every row: row-major n × C, not calibrated.
 *
 * @param matrix standardised rows, with room for at least as many units as the first layer has outputs
 */
export function networkOutputs(network: Network, matrix: FeatureMatrix): Float64Array {
  const [first, ...rest] = network.layers as [Layer, ...Layer[]];
  const units = network.layers.at(-1)?.outputs ?? 0;
  const result = new Float64Array(matrix.rows * units);
  matrix.setWeights(first.weights, first.outputs);
  for (let from = 0; from < matrix.rows; from += matrix.blockRows) {
    const count = Math.min(matrix.blockRows, matrix.rows - from);
    matrix.forward32(from, count);
    for (let row = 0; row < count; row++) {
      const at = row * matrix.paddedUnits;
      let values: Float64Array = matrix.outputs.slice(at, at + first.outputs);
      for (let unit = 0; unit < first.outputs; unit++)
        values[unit] = (values[unit] as number) + (first.bias[unit] as number);
      for (const layer of rest) values = forwardLayer(layer, rectify(values));
      result.set(values, (from + row) * units);
    }
  }
  return result;
}

/** ReLU in place. */
export function rectify(values: Float64Array): Float64Array {
  for (let at = 0; at < values.length; at++) if ((values[at] as number) < 0) values[at] = 0;
  return values;
}

/** weights · values + bias, into `result`. */
export function forwardLayer(
  { inputs, outputs, weights, bias }: Layer,
  values: Float64Array,
  result: Float64Array = new Float64Array(outputs),
): Float64Array {
  for (let unit = 0; unit < outputs; unit++) {
    let sum = bias[unit] as number;
    const from = unit * inputs;
    for (let at = 0; at < inputs; at++) sum += (weights[from + at] as number) * (values[at] as number);
    result[unit] = sum;
  }
  return result;
}
