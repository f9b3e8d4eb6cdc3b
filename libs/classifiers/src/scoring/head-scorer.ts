import { DomainError } from '#libs/errors';
import type { HeadDocument } from './head-document.js';
import { unpack64 } from './pack.js';

/** Scores feature rows with one head. Pure and synchronous: keep big batches off the main thread. */
export class HeadScorer {
  /** Number of components of a row: all taps of the head, concatenated in its order. */
  readonly dimension: number;

  private readonly layers: readonly { inputs: number; outputs: number; weights: Float64Array; bias: Float64Array }[];

  /** @param document as `parseHead` returns it */
  constructor(readonly document: HeadDocument) {
    this.dimension = document.taps.reduce((sum, tap) => sum + tap.dimension, 0);
    this.layers = foldStandardiser(document);
  }

  /**
   * Calibrated probabilities.
   *
   * @param features row-major n × `dimension`, raw as the encoder gives them
   * @returns row-major n × C; single: each row sums to 1
   * @throws DomainError `vector_dimension_mismatch` when the length is no multiple of `dimension`
   */
  scores(features: Float32Array): Float32Array {
    const rows = features.length / this.dimension;
    if (!Number.isInteger(rows)) {
      throw new DomainError('vector_dimension_mismatch', `A row of this head has ${this.dimension} components.`);
    }
    const count = this.document.categories.length;
    const scores = new Float32Array(rows * count);
    for (let row = 0; row < rows; row++) {
      const at = row * this.dimension;
      const outputs = this.outputs(features.subarray(at, at + this.dimension));
      calibrate(this.document, outputs);
      scores.set(outputs, row * count);
    }
    return scores;
  }

  private outputs(row: Float32Array): Float64Array {
    let values: Float32Array | Float64Array = row;
    let result = new Float64Array(0);
    this.layers.forEach(({ inputs, outputs, weights, bias }, index) => {
      result = new Float64Array(outputs);
      for (let unit = 0; unit < outputs; unit++) {
        let sum = bias[unit] as number;
        for (let at = 0; at < inputs; at++) sum += (weights[unit * inputs + at] as number) * (values[at] as number);
        result[unit] = index < this.layers.length - 1 ? Math.max(0, sum) : sum;
      }
      values = result;
    });
    return result;
  }
}

/** Layers with the standardiser folded into the first: W·((x − m)·s) + b = (W·s)·x + (b − W·(m·s)). */
function foldStandardiser({ standardiser, layers }: HeadDocument) {
  const mean = unpack64(standardiser.mean);
  const scale = unpack64(standardiser.scale);
  return layers.map((layer, index) => {
    const weights = unpack64(layer.weights);
    const bias = unpack64(layer.bias);
    if (index > 0) return { ...layer, weights, bias };
    for (let unit = 0; unit < layer.outputs; unit++) {
      let shift = 0;
      for (let at = 0; at < layer.inputs; at++) {
        const scaled = (weights[unit * layer.inputs + at] as number) * (scale[at] as number);
        weights[unit * layer.inputs + at] = scaled;
        shift += scaled * (mean[at] as number);
      }
      bias[unit] = (bias[unit] as number) - shift;
    }
    return { ...layer, weights, bias };
  });
}

function calibrate({ calibration }: HeadDocument, outputs: Float64Array): void {
  if (calibration.kind === 'platt') {
    outputs.forEach((value, at) => {
      const logit = (calibration.slopes[at] ?? 1) * value + (calibration.offsets[at] ?? 0);
      outputs[at] = 1 / (1 + Math.exp(-logit));
    });
    return;
  }
  const greatest = calibration.slope * outputs.reduce((most, value) => Math.max(most, value), -Infinity);
  let sum = 0;
  outputs.forEach((value, at) => {
    sum += outputs[at] = Math.exp(calibration.slope * value - greatest);
  });
  outputs.forEach((value, at) => (outputs[at] = value / sum));
}
