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
/** Quantised weights lie within ± 1/8, where the seeded ones are. */
const WEIGHT_STEP = 1 / 1016;

const ATTRIBUTE = { float: 1, int: 2, string: 3, ints: 7 } as const;

/** Writes small ONNX models: every method adds an operation and answers the name of its tensor. */
export class OnnxBuilder {
  private readonly nodes: object[] = [];
  private readonly initializers: object[] = [];
  private readonly inputs: object[] = [];
  private seed = 7;
  private count = 0;

  /**
   * @param arithmetic float16: weights and everything between them; int8: weights, and what goes into convolutions and linear
   *   layers, between QuantizeLinear and DequantizeLinear
   */
  constructor(private readonly arithmetic: 'float32' | 'float16' | 'int8' = 'float32') {}

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
    this.nodes.push({ opType, name: `node_${++this.count}`, input, output: [output], attribute });
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
    const length = shape.reduce((product, axis) => product * axis, 1);
    const numbers = Float32Array.from({ length }, () => value ?? this.random());
    return this.arithmetic === 'float16'
      ? this.stored(shape, ELEMENT.float16, toHalf(numbers))
      : this.stored(shape, ELEMENT.float32, numbers);
  }

  /** Seeded numbers, stored as the arithmetic wants them. */
  weights(shape: readonly number[]): string {
    if (this.arithmetic !== 'int8') return this.constant(shape);
    const length = shape.reduce((product, axis) => product * axis, 1);
    const whole = Int8Array.from({ length }, () => Math.round(this.random() / WEIGHT_STEP));
    const zero = this.stored([], ELEMENT.int8, Int8Array.of(0));
    return this.op('DequantizeLinear', [this.stored(shape, ELEMENT.int8, whole), this.constant([], WEIGHT_STEP), zero]);
  }

  /** What goes into a layer: through bytes and back where the arithmetic is int8. */
  private activation(x: string): string {
    if (this.arithmetic !== 'int8') return x;
    const [step, zero] = [this.constant([], STEP), this.stored([], ELEMENT.uint8, Uint8Array.of(ZERO))];
    return this.op('DequantizeLinear', [this.op('QuantizeLinear', [x, step, zero]), step, zero]);
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
    const input = this.activation(x);
    return this.op('Conv', [input, this.weights([to, from / groups, kernel, kernel]), this.constant([to])], {
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
    const input = this.activation(x);
    const weights =
      this.arithmetic === 'int8'
        ? this.weights([from, to])
        : this.op('Mul', [this.constant([from, 1]), this.constant([1, to])]);
    return this.op('Gemm', [input, weights, this.constant([to])], {}, output);
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
        opsetImport: [{ domain: '', version: opset }],
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

  private random(): number {
    this.seed = (Math.imul(this.seed, 1_664_525) + 1_013_904_223) >>> 0;
    return (this.seed / 2 ** 32 - 0.5) / 4;
  }
}
