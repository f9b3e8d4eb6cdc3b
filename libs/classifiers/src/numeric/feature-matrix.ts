import { KERNEL_BASE64 } from './kernel.generated.js';

interface Kernel {
  forward(x: number, rows: number, bytes: number, w: number, units: number, z: number): void;
  backward(x: number, rows: number, bytes: number, r: number, units: number, g: number): void;
  dot(x: number, bytes: number, w: number): number;
  add(x: number, bytes: number, w: number, step: number): void;
  similar(q: number, x: number, rows: number, bytes: number, out: number): void;
}

const PAGE = 65_536;
const roundUp = (value: number, multiple: number): number => Math.ceil(value / multiple) * multiple;
let compiled: WebAssembly.Module | undefined;

/**
 * Rows of float32 features beside the kernel that multiplies them (`kernel/linear.wat`), with room for the weights of
 * `units` outputs. Weights and residuals are float64, and so is every sum.
 */
export class FeatureMatrix {
  /** Floats from one row to the next: `columns` rounded up to 4; the gap is zero. */
  readonly stride: number;
  /** `units` rounded up to 4. */
  readonly paddedUnits: number;
  /** Row-major `rows` × `stride`; to be filled by the owner. */
  readonly values: Float32Array;
  /** Row-major `paddedUnits` × `stride`. */
  readonly weights: Float64Array;
  /** What `backward` adds to; same shape as `weights`. */
  readonly gradient: Float64Array;
  /** Row-major `blockRows` × `paddedUnits`: what `forward` writes and `backward` reads. */
  readonly outputs: Float64Array;

  private readonly kernel: Kernel;
  private readonly at: { values: number; weights: number; gradient: number; outputs: number };
  private readonly bytes: number;

  /** @param blockRows most rows of one call of `forward` or `backward` */
  constructor(
    readonly rows: number,
    readonly columns: number,
    units: number,
    readonly blockRows = 64,
  ) {
    this.stride = roundUp(columns, 4);
    this.bytes = this.stride * 4;
    this.paddedUnits = roundUp(units, 4);
    const weightBytes = this.paddedUnits * this.stride * 8;
    const values = weightBytes * 2 + blockRows * this.paddedUnits * 8;
    this.at = { weights: 0, gradient: weightBytes, outputs: weightBytes * 2, values };
    const pages = Math.max(1, Math.ceil((values + rows * this.bytes) / PAGE));
    const memory = new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true });
    compiled ??= new WebAssembly.Module(Buffer.from(KERNEL_BASE64, 'base64'));
    this.kernel = new WebAssembly.Instance(compiled, { env: { memory } }).exports as Kernel;
    this.values = new Float32Array(memory.buffer, this.at.values, rows * this.stride);
    this.weights = new Float64Array(memory.buffer, this.at.weights, this.paddedUnits * this.stride);
    this.gradient = new Float64Array(memory.buffer, this.at.gradient, this.paddedUnits * this.stride);
    this.outputs = new Float64Array(memory.buffer, this.at.outputs, blockRows * this.paddedUnits);
  }

  row(index: number): Float32Array {
    return this.values.subarray(index * this.stride, index * this.stride + this.columns);
  }

  /** Copies a dense row-major units × columns matrix into `weights`. */
  setWeights(dense: Float64Array, units: number): void {
    for (let unit = 0; unit < units; unit++) {
      this.weights.set(dense.subarray(unit * this.columns, (unit + 1) * this.columns), unit * this.stride);
    }
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
