import { DomainError } from '#libs/errors';
import type { Layout } from '../found-taps.js';
import type { NetworkGraph, NetworkNode, Operation } from '../network-graph.js';
import { type OnnxGraph, type OnnxNode, type OnnxValue, toNumber } from './onnx-model.js';
import { ELEMENT } from './onnx-schema.js';

/** The input that takes the picture. */
export interface PictureInput {
  readonly tensor: string;
  readonly elementType: number;
  readonly layout: Layout;
  /** Number of pictures the model was exported for; undefined where any number goes. */
  readonly batch?: number;
  /** Height and width, undefined where the model leaves them open. */
  readonly height?: number;
  readonly width?: number;
}

const PICTURE_TYPES: readonly number[] = [ELEMENT.float32, ELEMENT.float16, ELEMENT.uint8];

/**
 * The one input that takes a picture: four axes, three channels.
 *
 * @throws DomainError `model_no_image_input`
 */
export function pictureInput(graph: OnnxGraph): PictureInput {
  const fixed = new Set(graph.initializer.map(({ name }) => name));
  const inputs = graph.input.filter(({ name }) => !fixed.has(name));
  const fitting = inputs.flatMap((value) => asPicture(value) ?? []);
  const [first] = fitting;
  if (first && fitting.length === 1) return first;
  throw new DomainError(
    'model_no_image_input',
    fitting.length > 1 ? 'The model takes several pictures at once.' : 'The model has no input that takes a picture.',
    {
      fields: inputs.map((value) => ({
        path: value.name,
        expected:
          'one input of shape [batch, 3, height, width] or [batch, height, width, 3], float32, float16 or uint8',
        received: `[${shapeOf(value).join(', ')}] of element type ${value.type?.tensorType?.elemType ?? 0}`,
      })),
    },
  );
}

function asPicture(value: OnnxValue): PictureInput | undefined {
  const shape = shapeOf(value);
  const elementType = value.type?.tensorType?.elemType ?? 0;
  const [batch, first, second, third] = shape;
  if (shape.length !== 4 || !PICTURE_TYPES.includes(elementType)) return undefined;
  // Where nothing says which axis holds the channels, ONNX' own order counts.
  const layout = first === 3 || (third !== 3 && typeof first !== 'number') ? 'nchw' : third === 3 ? 'nhwc' : undefined;
  if (!layout) return undefined;
  const [height, width] = layout === 'nchw' ? [second, third] : [first, second];
  const known = (length: number | string | undefined) =>
    typeof length === 'number' && length > 0 ? length : undefined;
  return { tensor: value.name, elementType, layout, batch: known(batch), height: known(height), width: known(width) };
}

/** Lengths of the axes; the name of one that is open, or `?`. */
function shapeOf(value: OnnxValue): (number | string)[] {
  return (value.type?.tensorType?.shape?.dim ?? []).map(({ dimValue, dimParam }) => {
    const length = toNumber(dimValue);
    return length > 0 ? length : dimParam || '?';
  });
}

const OPERATIONS: Readonly<Record<string, Operation>> = {
  ...named('linear', 'Gemm FusedGemm QGemm'),
  ...named('conv', 'Conv FusedConv ConvInteger QLinearConv'),
  ...named(
    'pool',
    'GlobalAveragePool GlobalMaxPool AveragePool MaxPool ReduceMean ReduceMax QLinearGlobalAveragePool QLinearAveragePool',
  ),
  ...named(
    'activation',
    'Relu LeakyRelu PRelu Clip Sigmoid HardSigmoid HardSwish Elu Selu Celu Tanh Gelu QuickGelu Mish Softplus Swish Silu',
  ),
  ...named(
    'norm',
    'BatchNormalization LayerNormalization InstanceNormalization GroupNormalization LRN LpNormalization RMSNormalization',
  ),
  ...named('view', 'Flatten Reshape Squeeze Unsqueeze Identity Dropout Cast DequantizeLinear QuantizeLinear Transpose'),
  ...named('pad', 'Pad'),
  ...named('softmax', 'Softmax LogSoftmax'),
};

function named(operation: Operation, names: string): Record<string, Operation> {
  return Object.fromEntries(names.split(' ').map((name) => [name, operation]));
}

const PRODUCTS = ['MatMul', 'MatMulInteger', 'QLinearMatMul'];
const ARITHMETIC = ['Add', 'Sub', 'Mul', 'Div', 'Pow'];
const MERGES = ['Add', 'Sum', 'Concat', 'QLinearAdd', 'QLinearConcat', 'Max'];
/** What comes out of these is about the shape of a tensor, no longer about the picture. */
const SHAPE_ONLY = ['Shape', 'Size'];

/** The part of the graph that depends on the picture. */
export function onnxNetwork(graph: OnnxGraph, input: string): NetworkGraph {
  const dependent = new Set([input]);
  const activated = new Map<string, string>();
  const nodes: NetworkNode[] = [];
  for (const node of graph.node) {
    const inputs = node.input.filter((name) => dependent.has(name));
    const [output] = node.output;
    if (inputs.length === 0 || SHAPE_ONLY.includes(node.opType) || !output) continue;
    for (const name of node.output) if (name !== '') dependent.add(name);
    const gate = gatedInput(node, inputs, activated);
    const operation = gate === undefined ? operationOf(node, inputs) : 'activation';
    if (operation === 'activation') activated.set(output, gate ?? inputs[0] ?? '');
    nodes.push({
      output,
      operation,
      inputs: gate === undefined ? inputs : [gate, ...inputs.filter((name) => name !== gate)],
    });
    for (const name of node.output.slice(1)) if (name !== '') nodes.push({ output: name, operation: 'other', inputs });
  }
  const outputs = graph.output.map(({ name }) => name).filter((name) => dependent.has(name) && name !== input);
  return { input, nodes, outputs };
}

function operationOf(node: OnnxNode, inputs: readonly string[]): Operation {
  const { opType } = node;
  if (PRODUCTS.includes(opType)) return inputs.length === 1 ? 'linear' : 'other';
  if (MERGES.includes(opType) && inputs.length > 1) return 'merge';
  if (ARITHMETIC.includes(opType) || MERGES.includes(opType)) return inputs.length === 1 ? 'bias' : 'other';
  return OPERATIONS[opType] ?? 'other';
}

/** x of x · f(x), as SiLU and hard swish are exported by some. */
function gatedInput({ opType }: OnnxNode, inputs: readonly string[], activated: ReadonlyMap<string, string>) {
  if (opType !== 'Mul' || inputs.length !== 2) return undefined;
  const [a = '', b = ''] = inputs;
  if (activated.get(b) === a) return a;
  return activated.get(a) === b ? b : undefined;
}
