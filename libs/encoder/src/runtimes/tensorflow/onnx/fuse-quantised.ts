import { type OnnxGraph, type OnnxNode, type OnnxTensor, toNumber } from '../../../import/onnx/onnx-model.js';
import { ELEMENT } from '../../../import/onnx/onnx-schema.js';
import { Attributes } from './attributes.js';
import { CODES } from './quantisation.js';
import { numbersOf } from './tensor-data.js';

/** How far ONNX Runtime lets the bounds of a Clip lie within those of the codes after it: float32's epsilon. */
const NEAR = 2 ** -23;
/** How far a bias may be from the step that its sum has; files hold the product as float32. */
const SAME_STEP = 1e-5;

/** What QuantizeLinear and DequantizeLinear say about codes. */
interface Grid {
  readonly scales: readonly number[];
  readonly zeros: readonly number[];
  /** Element type of the codes; undefined where there is no zero point to tell it. */
  readonly type: number | undefined;
  readonly axis: number;
}

/**
 * Puts QLinearConv and QLinearAdd in the place of a Conv or Add whose inputs come from DequantizeLinear and whose output goes to
 * QuantizeLinear alone: where ONNX Runtime does so when it loads a QDQ graph (its `qdq_transformer`). It then computes with
 * whole numbers, so that a sum near the middle of two codes goes to one of them; computed as it stands in the file, in
 * float32, it may go to the other, and in a deep network what follows differs with it.
 *
 * @param nodes those to look at; what others of the graph read stays as it is
 * @param outside bytes of tensors that lie in files beside the model, by name
 * @param wanted tensors that are asked for besides the graph's outputs
 * @returns the nodes; those that nothing reads any more are among them
 */
export function fuseQuantised(
  nodes: readonly OnnxNode[],
  graph: OnnxGraph,
  outside: ReadonlyMap<string, Uint8Array>,
  wanted: readonly string[],
): OnnxNode[] {
  const fusion = new Fusion(graph, outside, wanted);
  return nodes.map((node) => (node.opType === 'QuantizeLinear' && fusion.before(node)) || node);
}

class Fusion {
  private readonly producers: ReadonlyMap<string, OnnxNode>;
  private readonly readers = new Map<string, number>();
  private readonly tensors: ReadonlyMap<string, OnnxTensor>;
  private readonly outputs: ReadonlySet<string>;

  constructor(
    { node: nodes, initializer, output }: OnnxGraph,
    private readonly outside: ReadonlyMap<string, Uint8Array>,
    wanted: readonly string[],
  ) {
    this.producers = new Map(nodes.flatMap((node) => node.output.map((name) => [name, node])));
    for (const name of nodes.flatMap(({ input }) => input)) this.readers.set(name, (this.readers.get(name) ?? 0) + 1);
    this.tensors = new Map(initializer.map((tensor) => [tensor.name, tensor]));
    this.outputs = new Set([...wanted, ...output.map(({ name }) => name)]);
  }

  /** The one operation that gives what this QuantizeLinear gives, where there is one. */
  before(quantize: OnnxNode): OnnxNode | undefined {
    const grid = this.grid(quantize);
    if (grid?.scales.length !== 1 || grid.type === undefined) return undefined;
    let layer = this.producerFor(quantize);
    while (layer && this.isLeftToCodes(layer, grid)) layer = this.producerFor(layer);
    const input = layer?.opType === 'Conv' ? this.convolution(layer, grid) : layer && this.sum(layer, grid);
    if (!layer || !input) return undefined;
    const { opType, name, attribute } = layer;
    const result = quantize.input.slice(1, 3);
    return opType === 'Conv'
      ? {
          ...{ opType: 'QLinearConv', domain: '', name, attribute, output: quantize.output },
          input: [...input.slice(0, 6), ...result, ...input.slice(6)],
        }
      : {
          ...{ opType: 'QLinearAdd', domain: 'com.microsoft', name, attribute, output: quantize.output },
          input: [...input, ...result],
        };
  }

  /** What a node's first input comes from, if no other node and nobody outside takes it. */
  private producerFor({ input: [name = ''] }: OnnxNode): OnnxNode | undefined {
    return this.readers.get(name) === 1 && !this.outputs.has(name) ? this.producers.get(name) : undefined;
  }

  /** Whether this is an activation whose bounds are those of the codes, or beyond, so that saturation does the same. */
  private isLeftToCodes({ opType, input, attribute }: OnnxNode, grid: Grid): boolean {
    const [scale = 1, zero = 0] = [...grid.scales, ...grid.zeros];
    const [least, most] = (CODES[grid.type ?? ELEMENT.unknown] ?? []).map((code) => Math.fround(scale * (code - zero)));
    if (least === undefined || most === undefined) return false;
    if (opType === 'Relu') return least === 0;
    if (opType !== 'Clip') return false;
    const attributes = new Attributes(attribute);
    // Bounds are attributes before opset 11. One that is computed is none that can be compared: NaN.
    const bound = (index: number, name: string, none: number) =>
      input[index] ? (this.numbers(input[index])?.[0] ?? NaN) : attributes.float(name, none);
    return bound(1, 'min', -Infinity) - least <= NEAR && most - bound(2, 'max', Infinity) <= NEAR;
  }

  /** x, its scale and zero point; weights, theirs; the bias if there is one. */
  private convolution({ input }: OnnxNode, grid: Grid): string[] | undefined {
    const [x, weights, bias] = [0, 1, 2].map((index) => this.producers.get(input[index] ?? ''));
    const ofX = this.grid(x, 'DequantizeLinear');
    const ofWeights = this.constantGrid(weights);
    if (!x || !weights || !ofX || !ofWeights) return undefined;
    if (ofX.scales.length !== 1 || ofX.type !== grid.type) return undefined;
    if (ofWeights.type === undefined || !CODES[ofWeights.type]) return undefined;
    if (ofX.type === ELEMENT.int8 && ofWeights.type !== ELEMENT.int8) return undefined;
    const fused = [...x.input.slice(0, 3), ...weights.input.slice(0, 3)];
    if (!input[2]) return fused;
    const ofBias = this.constantGrid(bias);
    if (!bias || !ofBias || this.tensors.get(bias.input[0] ?? '')?.dataType !== ELEMENT.int32) return undefined;
    const [step = 1] = ofX.scales;
    const isOfSums = (scale: number, i: number) =>
      Math.abs(scale / (step * (ofWeights.scales[i] ?? ofWeights.scales[0] ?? NaN)) - 1) < SAME_STEP;
    const fits = ofBias.scales.length === ofWeights.scales.length && ofBias.scales.every(isOfSums);
    return fits ? [...fused, bias.input[0] ?? ''] : undefined;
  }

  /** a, its scale and zero point; b, its scale and zero point. */
  private sum({ opType, input }: OnnxNode, grid: Grid): string[] | undefined {
    if (opType !== 'Add') return undefined;
    const terms = input.map((name) => this.producers.get(name));
    const fit = terms.every((term) => {
      const of = this.grid(term, 'DequantizeLinear');
      return of?.scales.length === 1 && of.type === grid.type;
    });
    return fit ? terms.flatMap((term) => term?.input.slice(0, 3) ?? []) : undefined;
  }

  /** Of whole numbers in the file around zero, with one step or one for each place of their first axis. */
  private constantGrid(node: OnnxNode | undefined): Grid | undefined {
    const grid = this.grid(node, 'DequantizeLinear');
    const codes = this.tensors.get(node?.input[0] ?? '');
    if (!grid || !codes || grid.zeros.some((zero) => zero !== 0)) return undefined;
    if (grid.scales.length === 1) return grid;
    return grid.axis === 0 && grid.scales.length === toNumber(codes.dims[0]) ? grid : undefined;
  }

  /** Undefined for other nodes, for steps that are computed and for blocks. */
  private grid(node: OnnxNode | undefined, opType = 'QuantizeLinear'): Grid | undefined {
    if (node?.opType !== opType) return undefined;
    const attributes = new Attributes(node.attribute);
    const [, scale = '', zero = ''] = node.input;
    const [scales, zeros] = [this.numbers(scale), this.numbers(zero)];
    if (!scales || (zero && !zeros) || attributes.int('block_size', 0) !== 0) return undefined;
    return {
      scales,
      zeros: zeros ?? [],
      type: this.tensors.get(zero)?.dataType,
      axis: attributes.int('axis', 1),
    };
  }

  /** Of a tensor in the file. */
  private numbers(name: string): number[] | undefined {
    const tensor = this.tensors.get(name);
    return tensor && [...numbersOf(tensor, this.outside.get(name)).values];
  }
}
