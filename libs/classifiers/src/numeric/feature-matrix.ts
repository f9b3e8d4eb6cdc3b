import { KERNEL_BASE64 } from './kernel.generated.js';

interface Kernel {
  forward(x: number, rows: number, bytes: number, w: number, units: number, z: number): void;
  backward(x: number, rows: number, bytes: number, r: number, units: number, g: number): void;
  dot(x: number, bytes: number, w: number): number;
  add(x: number, bytes: number, w: number, step: number): void;
  forward32(x: number, rows: number, bytes: number, w: number, units: number, z: number): void;
  backward32(x: number, rows: number, bytes: number, r: number, units: number, g: number): void;
  similar(q: number, x: number, rows: number, bytes: number, out: number): void;
  step(bytes: number, w: number, g: number, v: number, w32: number, momentum: number, rate: number, l2: number): void;
}

/** Arrays of the memory, by their byte offsets. */
type Offsets = Readonly<
  Record<'values' | 'weights' | 'gradient' | 'outputs' | 'weights32' | 'residuals32' | 'velocity', number>
>;

const PAGE = 65_536;
const roundUp = (value: number, multiple: number): number => Math.ceil(value / multiple) * multiple;
/** Rows a power of two apart would share a few sets of the cache and push each other out: those get a gap of a cache line. */
const strideOf = (columns: number): number => roundUp(columns, 8) + (roundUp(columns, 8) % 256 === 0 ? 16 : 0);
let compiled: WebAssembly.Module | undefined;

/**
 * Rows of float32 features beside the kernel that multiplies them (`kernel/linear.wat`), with room for the weights of
 * `units` outputs. `forward` and `backward` compute in float64; `forward32` and `backward32` in float32, two and a half times
 * as fast: their sums are exact to about 1e-6 of their terms.
 */
export class FeatureMatrix {
  /** Floats from one row to the next: `columns` rounded up to 8 at least; the gap is zero. */
  readonly stride: number;
  /** `units` rounded up to 4. */
  readonly paddedUnits: number;
  /** Row-major `rows` × `stride`; to be filled by the owner. */
  readonly values: Float32Array;
  /** Row-major `paddedUnits` × `stride`. */
  readonly weights: Float64Array;
  /** What `backward` adds to; same shape as `weights`. */
  readonly gradient: Float64Array;
  /** What `step` adds to `weights`, of the same shape; empty where it will not be called. */
  readonly velocity: Float64Array;
  /** Row-major `blockRows` × `paddedUnits`: what `forward` writes and `backward` reads. */
  readonly outputs: Float64Array;

  private readonly kernel: Kernel;
  private readonly weights32: Float32Array;
  private readonly residuals32: Float32Array;
  private readonly at: Offsets;
  private readonly bytes: number;

  /**
   * @param blockRows most rows of one call of `forward` or `backward`
   * @param hasVelocity whether `step` will be called
   */
  constructor(
    readonly rows: number,
    readonly columns: number,
    units: number,
    readonly blockRows = 64,
    hasVelocity = false,
  ) {
    this.stride = strideOf(columns);
    this.bytes = this.stride * 4;
    this.paddedUnits = roundUp(units, 4);
    // Rows are multiplied in pairs, so there is room for one behind the last.
    const outputs = (blockRows + 1) * this.paddedUnits;
    const weights = this.paddedUnits * this.stride;
    const weights32 = roundUp(weights * 16 + outputs * 8, 64);
    const residuals32 = weights32 + weights * 4;
    const velocity = roundUp(residuals32 + outputs * 4, 64);
    const values = velocity + (hasVelocity ? roundUp(weights * 8, 64) : 0);
    const at = { weights: 0, gradient: weights * 8, outputs: weights * 16, weights32, residuals32, velocity, values };
    this.at = at;
    const pages = Math.ceil((values + (rows + 1) * this.bytes) / PAGE);
    const memory = new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true });
    compiled ??= new WebAssembly.Module(Buffer.from(KERNEL_BASE64, 'base64'));
    this.kernel = new WebAssembly.Instance(compiled, { env: { memory } }).exports as Kernel;
    const { buffer } = memory;
    this.values = new Float32Array(buffer, at.values, rows * this.stride);
    this.weights = new Float64Array(buffer, at.weights, weights);
    this.gradient = new Float64Array(buffer, at.gradient, weights);
    this.velocity = new Float64Array(buffer, at.velocity, hasVelocity ? weights : 0);
    this.outputs = new Float64Array(buffer, at.outputs, blockRows * this.paddedUnits);
    this.weights32 = new Float32Array(buffer, at.weights32, weights);
    this.residuals32 = new Float32Array(buffer, at.residuals32, outputs);
  }

  row(index: number): Float32Array {
    return this.values.subarray(index * this.stride, index * this.stride + this.columns);
  }

  /** Copies a dense row-major units × columns matrix into `weights` and into what `forward32` reads. */
  setWeights(dense: Float64Array, units: number): void {
    for (let unit = 0; unit < units; unit++) {
      const row = dense.subarray(unit * this.columns, (unit + 1) * this.columns);
      this.weights.set(row, unit * this.stride);
      this.weights32.set(row, unit * this.stride);
    }
  }

  /** Copies `weights` into what `forward32` reads, where they have been changed in place. */
  narrowWeights(): void {
    this.weights32.set(this.weights);
  }

  /**
   * A step of stochastic gradient descent with momentum from `gradient`, in place: velocity ← momentum · velocity −
   * rate · (gradient + l2 · weights), weights ← weights + velocity; the velocity begins at zero.
   */
  step(momentum: number, rate: number, l2: number): void {
    const { weights, gradient, velocity, weights32 } = this.at;
    this.kernel.step(this.weights.length * 8, weights, gradient, velocity, weights32, momentum, rate, l2);
  }

  /** outputs[i − first][u] = row i · weights[u] for `count` (1 … blockRows) rows from `first`. */
  forward(first: number, count: number): void {
    const x = this.at.values + first * this.bytes;
    this.kernel.forward(x, count, this.bytes, this.at.weights, this.paddedUnits, this.at.outputs);
  }

  /** gradient[u] += Σ outputs[i − first][u] · row i: the outputs have been replaced by residuals. */
  backward(first: number, count: number): void {
    const x = this.at.values + first * this.bytes;
    this.kernel.backward(x, count, this.bytes, this.at.outputs, this.paddedUnits, this.at.gradient);
  }

  /** As `forward`, in float32, with the weights given to `setWeights`. */
  forward32(first: number, count: number): void {
    const x = this.at.values + first * this.bytes;
    this.kernel.forward32(x, count, this.bytes, this.at.weights32, this.paddedUnits, this.at.outputs);
  }

  /** As `backward`: the sum over these rows in float32, added to a float64 gradient. */
  backward32(first: number, count: number): void {
    const x = this.at.values + first * this.bytes;
    this.residuals32.set(this.outputs.subarray(0, count * this.paddedUnits));
    this.kernel.backward32(x, count, this.bytes, this.at.residuals32, this.paddedUnits, this.at.gradient);
  }

  /** Row `index` · weights[unit]. */
  dot(index: number, unit: number): number {
    const w = this.at.weights + unit * this.stride * 8;
    return this.kernel.dot(this.at.values + index * this.bytes, this.bytes, w);
  }

  /** weights[unit] += step · row `index`. */
  addRow(index: number, unit: number, step: number): void {
    const w = this.at.weights + unit * this.stride * 8;
    this.kernel.add(this.at.values + index * this.bytes, this.bytes, w, step);
  }

  /** Inner products of rows query … query + 3 with `count` rows from `first`: row-major count × 4, valid until the next call. */
  similar(query: number, first: number, count: number): Float32Array {
    const at = this.at.values;
    this.kernel.similar(at + query * this.bytes, at + first * this.bytes, count, this.bytes, this.at.outputs);
    return new Float32Array(this.outputs.buffer, this.at.outputs, count * 4);
  }
}
