import { DomainError } from '#libs/errors';
import { calibrateRow } from '../calibration/calibrator.js';
import { forwardLayer, rectify } from '../heads/network-outputs.js';
import type { Layer } from '../heads/problem.js';
import { FeatureMatrix } from '../numeric/feature-matrix.js';
import { ClassDistance } from '../refusal/class-distance.js';
import type { HeadDocument } from './head-document.js';
import { unpack32, unpack64 } from './pack.js';

const BLOCK = 64;

/** Scores feature rows with one head. Pure and synchronous: keep big batches off the main thread. */
export class HeadScorer {
  /** Number of components of a row: all taps of the head, concatenated in its order. */
  readonly dimension: number;

  private readonly layers: readonly Layer[];
  private readonly block: FeatureMatrix;
  private readonly mean: Float64Array;
  private readonly scale: Float64Array;
  private readonly classDistance: ClassDistance | null;

  /** @param document as `parseHead` returns it */
  constructor(readonly document: HeadDocument) {
    this.dimension = document.taps.reduce((sum, tap) => sum + tap.dimension, 0);
    this.mean = unpack64(document.standardiser.mean);
    this.scale = unpack64(document.standardiser.scale);
    this.layers = foldedLayers(document);
    const [first] = this.layers as [Layer];
    this.block = new FeatureMatrix(BLOCK, this.dimension, first.outputs, BLOCK);
    this.block.setWeights(first.weights, first.outputs);
    this.classDistance = distanceOf(document, this.dimension);
  }

  /**
   * Calibrated probabilities.
   *
   * @param features row-major n × `dimension`, raw as the encoder gives them
   * @returns row-major n × C; single: each row sums to 1
   * @throws DomainError `vector_dimension_mismatch` when the length is no multiple of `dimension`
   */
  scores(features: Float32Array): Float32Array {
    const rows = this.rowsOf(features);
    const units = this.document.categories.length;
    const scores = new Float32Array(rows * units);
    const [first, ...rest] = this.layers as [Layer, ...Layer[]];
    const { block } = this;
    const { calibration } = this.document;
    const sums = new Float64Array(first.outputs);
    for (let from = 0; from < rows; from += BLOCK) {
      const count = Math.min(BLOCK, rows - from);
      this.load(features, from, count);
      block.forward32(0, count);
      for (let row = 0; row < count; row++) {
        const at = row * block.paddedUnits;
        for (let unit = 0; unit < first.outputs; unit++)
          sums[unit] = (block.outputs[at + unit] as number) + (first.bias[unit] as number);
        let values: Float64Array = sums;
        for (const layer of rest) values = forwardLayer(layer, rectify(values));
        scores.set(calibrateRow(calibration, values), (from + row) * units);
      }
    }
    return scores;
  }

  /**
   * How unlike the labelled images each row is, as a multiple of what the head accepts: above 1 it is refused ("none of
   * these"). null where the head has no refusal.
   *
   * @param features as for `scores`
   */
  distances(features: Float32Array): Float32Array | null {
    const rows = this.rowsOf(features);
    const { refusal } = this.document;
    if (!refusal || !this.classDistance) return null;
    const distances = new Float32Array(rows);
    const standardised = new Float64Array(this.dimension);
    for (let row = 0; row < rows; row++) {
      const from = row * this.dimension;
      for (let at = 0; at < this.dimension; at++) {
        const value = features[from + at] as number;
        standardised[at] = (value - (this.mean[at] as number)) * (this.scale[at] as number);
      }
      distances[row] = this.classDistance.of(standardised) / refusal.threshold;
    }
    return distances;
  }

  private load(features: Float32Array, from: number, count: number): void {
    const { dimension, block } = this;
    for (let row = 0; row < count; row++) {
      block.values.set(features.subarray((from + row) * dimension, (from + row + 1) * dimension), row * block.stride);
    }
  }

  private rowsOf(features: Float32Array): number {
    const rows = features.length / this.dimension;
    if (Number.isInteger(rows)) return rows;
    throw new DomainError('vector_dimension_mismatch', `A row of this head has ${this.dimension} components.`);
  }
}

/** Layers with the standardiser folded into the first: W·((x − m)·s) + b = (W·s)·x + (b − W·(m·s)). */
function foldedLayers({ standardiser, layers }: HeadDocument): Layer[] {
  const mean = unpack64(standardiser.mean);
  const scale = unpack64(standardiser.scale);
  return layers.map((layer, index) => {
    const weights = unpack64(layer.weights);
    const bias = unpack64(layer.bias);
    const { inputs, outputs } = layer;
    for (let unit = 0; index === 0 && unit < outputs; unit++) {
      let shift = 0;
      for (let at = 0; at < inputs; at++) {
        const scaled = (weights[unit * inputs + at] as number) * (scale[at] as number);
        weights[unit * inputs + at] = scaled;
        shift += scaled * (mean[at] as number);
      }
      bias[unit] = (bias[unit] as number) - shift;
    }
    return { inputs, outputs, weights, bias };
  });
}

function distanceOf({ refusal }: HeadDocument, dimension: number): ClassDistance | null {
  if (!refusal) return null;
  const { variances, residualVariance } = refusal;
  const centres = unpack32(refusal.centres);
  return new ClassDistance({
    dimension,
    centres,
    directions: unpack32(refusal.directions),
    variances,
    residualVariance,
  });
}
