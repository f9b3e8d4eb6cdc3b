import { toHalf } from '../../runtimes/onnx/half.js';
import { encodeOnnx } from '../onnx/onnx-model.js';
import { ELEMENT } from '../onnx/onnx-schema.js';

/** Whole numbers are written as ints, others as floats; `{ float }` is one whatever its value. */
type Attributes = Readonly<Record<string, number | readonly number[] | string | { readonly float: number }>>;

export interface PictureOptions {
  readonly side?: number | string;
  readonly batch?: number | string;
  readonly layout?: 'nchw' | 'nhwc';
  readonly elementType?: number;
}

/** Step and zero of quantised activations: −4.4 … 5.8. */
const STEP = 0.04;
const ZERO = 110;
/** Greatest code of a quantised weight: with more than seven bits ONNX Runtime's sums overflow on CPUs without VNNI. */
const GREATEST = 63;

/** Where ONNX Runtime's own operations are. */
const MICROSOFT = 'com.microsoft';

const ATTRIBUTE = { float: 1, int: 2, string: 3, ints: 7 } as const;

const lengthOf = (shape: readonly number[]) => shape.reduce((product, axis) => product * axis, 1);

/** Which place of an axis each number of a tensor lies at. */
function placeAlong(shape: readonly number[], axis: number): (index: number) => number {
  const further = lengthOf(shape.slice(axis + 1));
  return (index) => Math.floor(index / further) % (shape[axis] ?? 1);
}

/** Writes small ONNX models: every method adds an operation and answers the name of its tensor. */
export class OnnxBuilder {
  private readonly nodes: object[] = [];
  private readonly initializers: object[] = [];
  private readonly inputs: object[] = [];
  private readonly domains = new Set(['']);
  /** Of what has been through bytes and back. */
  private readonly steps = new Map<string, number>();
  private count = 0;

  /**
   * @param arithmetic float16: weights and everything between them; int8: weights, biases, and what goes into convolutions and
   *   linear layers, in the form that ONNX Runtime's `quantize_static` writes
   * @param seed of its constants
   */
  constructor(
    private readonly arithmetic: 'float32' | 'float16' | 'int8' = 'float32',
    private seed = 7,
  ) {}

  picture({ side = 224, batch = 'N', layout = 'nchw', elementType = ELEMENT.float32 }: PictureOptions = {}): string {
    const shape = layout === 'nchw' ? [batch, 3, side, side] : [batch, side, side, 3];
    return this.input('picture', shape, elementType);
  }

  input(name: string, shape: readonly (number | string)[], elemType: number): string {
    const dim = shape.map((length) => (typeof length === 'number' ? { dimValue: length } : { dimParam: length }));
    this.inputs.push({ name, type: { tensorType: { elemType, shape: { dim } } } });
    return name;
  }

  op(
    opType: string,
    input: readonly string[],
    attributes: Attributes = {},
    output = `${opType}_${++this.count}`,
  ): string {
    const attribute = Object.entries(attributes).map(([name, value]) => {
      if (typeof value === 'number') {
        return Number.isInteger(value)
          ? { name, i: value, type: ATTRIBUTE.int }
          : { name, f: value, type: ATTRIBUTE.float };
      }
      if (typeof value === 'string') return { name, s: Buffer.from(value), type: ATTRIBUTE.string };
      if ('float' in value) return { name, f: value.float, type: ATTRIBUTE.float };
      return { name, ints: value, type: ATTRIBUTE.ints };
    });
    const domain = opType === 'QLinearAdd' ? MICROSOFT : '';
    this.domains.add(domain);
    this.nodes.push({ opType, domain, name: `node_${++this.count}`, input, output: [output], attribute });
    return output;
  }

  /** `op` with several outputs. */
  split(input: readonly string[], count: number, axis: number): string[] {
    const output = Array.from({ length: count }, () => `Split_${++this.count}`);
    this.nodes.push({ opType: 'Split', input, output, attribute: [{ name: 'axis', i: axis, type: ATTRIBUTE.int }] });
    return output;
  }

  /** A tensor as it stands in the file, for other ways to write numbers down. */
  initializer(tensor: {
    readonly dims: readonly number[];
    readonly dataType: number;
    readonly [field: string]: unknown;
  }): string {
    const name = `tensor_${++this.count}`;
    this.initializers.push({ name, ...tensor });
    return name;
  }

  /** A tensor of seeded numbers around zero, or all of one value. */
  constant(shape: readonly number[], value?: number): string {
    const numbers = this.seeded(shape, value);
    return this.arithmetic === 'float16'
      ? this.stored(shape, ELEMENT.float16, toHalf(numbers))
      : this.stored(shape, ELEMENT.float32, numbers);
  }

  /** Whole numbers of one of the types that quantised networks hold. */
  whole(
    type: 'int8' | 'uint8' | 'int32',
    values: readonly number[],
    shape: readonly number[] = [values.length],
  ): string {
    return this.stored(
      shape,
      ELEMENT[type],
      { int8: Int8Array, uint8: Uint8Array, int32: Int32Array }[type].from(values),
    );
  }

  /** Through bytes and back. */
  quantised(x: string, step = STEP, zero = ZERO): string {
    const grid = [this.constant([], step), this.whole('uint8', [zero], [])];
    const output = this.op('DequantizeLinear', [this.op('QuantizeLinear', [x, ...grid]), ...grid]);
    this.steps.set(output, step);
    return output;
  }

  /** A layer's input, weights and bias, as the arithmetic wants them. @param axis of the weights that holds the outputs */
  private layer(x: string, shape: readonly number[], axis: number): string[] {
    const outputs = shape[axis] ?? 1;
    if (this.arithmetic !== 'int8') return [x, this.constant(shape), this.constant([outputs])];
    const input = this.steps.has(x) ? x : this.quantised(x);
    const weights = this.seeded(shape);
    const steps = new Float32Array(outputs);
    const channel = placeAlong(shape, axis);
    weights.forEach((weight, i) => (steps[channel(i)] = Math.max(steps[channel(i)] ?? 0, Math.abs(weight) / GREATEST)));
    const biasSteps = steps.map((step) => step * (this.steps.get(input) ?? STEP));
    return [
      input,
      this.dequantised('int8', weights, shape, axis, steps),
      this.dequantised('int32', this.seeded([outputs]), [outputs], 0, biasSteps),
    ];
  }

  /** Numbers held as whole ones, in steps of their own along an axis, around zero. */
  private dequantised(
    type: 'int8' | 'int32',
    numbers: Float32Array,
    shape: readonly number[],
    axis: number,
    steps: Float32Array,
  ): string {
    const place = placeAlong(shape, axis);
    const codes = Array.from(numbers, (number, i) => Math.round(number / (steps[place(i)] ?? 1)));
    const zeros = Array.from(steps, () => 0);
    const input = [
      this.whole(type, codes, shape),
      this.stored([steps.length], ELEMENT.float32, steps),
      this.whole(type, zeros),
    ];
    return this.op('DequantizeLinear', input, { axis });
  }

  private stored(
    dims: readonly number[],
    dataType: number,
    { buffer, byteOffset, byteLength }: ArrayBufferView,
  ): string {
    const name = `constant_${++this.count}`;
    this.initializers.push({
      name,
      dims,
      dataType,
      rawData: Buffer.from(buffer as ArrayBuffer, byteOffset, byteLength),
    });
    return name;
  }

  /** Whole numbers, for shapes and indices. */
  integers(values: readonly number[], shape: readonly number[] = [values.length]): string {
    const name = `integers_${++this.count}`;
    const rawData = Buffer.from(BigInt64Array.from(values.map(BigInt)).buffer);
    this.initializers.push({ name, dims: shape, dataType: 7, rawData });
    return name;
  }

  conv(x: string, from: number, to: number, kernel: number, stride = 1, groups = 1): string {
    const pad = Math.floor(kernel / 2);
    return this.op('Conv', this.layer(x, [to, from / groups, kernel, kernel], 0), {
      kernel_shape: [kernel, kernel],
      strides: [stride, stride],
      pads: [pad, pad, pad, pad],
      group: groups,
    });
  }

  relu = (x: string): string => this.op('Relu', [x]);

  maxPool(x: string, stride = 2, kernel = 3): string {
    const pad = Math.floor(kernel / 2);
    return this.op('MaxPool', [x], {
      kernel_shape: [kernel, kernel],
      strides: [stride, stride],
      pads: [pad, pad, pad, pad],
    });
  }

  /** A fully connected layer whose large weights are the product of two vectors, so that the file stays small. */
  linear(x: string, from: number, to: number, output?: string): string {
    if (this.arithmetic === 'int8') return this.op('Gemm', this.layer(x, [from, to], 1), {}, output);
    const weights = this.op('Mul', [this.constant([from, 1]), this.constant([1, to])]);
    return this.op('Gemm', [x, weights, this.constant([to])], {}, output);
  }

  /** Pools, flattens and classifies. */
  head(x: string, channels: number, classes = 1000): string {
    const pooled = this.op('GlobalAveragePool', [x]);
    return this.linear(this.op('Flatten', [pooled], { axis: 1 }), channels, classes, 'logits');
  }

  bytes(outputs: readonly string[], opset = 17): Buffer {
    const elemType = this.arithmetic === 'float16' ? ELEMENT.float16 : ELEMENT.float32;
    return Buffer.from(
      encodeOnnx('ModelProto', {
        irVersion: 8,
        producerName: 'likeness tests',
        opsetImport: [...this.domains].map((domain) => ({ domain, version: domain === MICROSOFT ? 1 : opset })),
        graph: {
          name: 'network',
          node: this.nodes,
          initializer: this.initializers,
          input: this.inputs,
          output: outputs.map((name) => ({ name, type: { tensorType: { elemType } } })),
        },
      }),
    );
  }

  private seeded(shape: readonly number[], value?: number): Float32Array {
    return Float32Array.from({ length: lengthOf(shape) }, () => value ?? this.random());
  }

  private random(): number {
    this.seed = (Math.imul(this.seed, 1_664_525) + 1_013_904_223) >>> 0;
    return (this.seed / 2 ** 32 - 0.5) / 4;
  }
}
