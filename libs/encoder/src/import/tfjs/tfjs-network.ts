import { DomainError } from '#libs/errors';
import type { Layout } from '../found-taps.js';
import type { NetworkGraph, NetworkNode, Operation } from '../network-graph.js';

/** The parts of model.json that are read here. */
export interface TfjsModelJson {
  readonly format?: string;
  readonly generatedBy?: string;
  readonly convertedBy?: string;
  readonly modelTopology?: {
    readonly node?: readonly GraphNode[];
    readonly model_config?: LayersTopology;
  } & Partial<LayersTopology>;
  readonly signature?: { readonly outputs?: Readonly<Record<string, { readonly name?: string }>> };
  readonly weightsManifest?: readonly {
    readonly paths: readonly string[];
    readonly weights: readonly { readonly dtype?: string }[];
  }[];
}

interface GraphNode {
  readonly name: string;
  readonly op: string;
  readonly input?: readonly string[];
  readonly attr?: Readonly<
    Record<string, { readonly shape?: { readonly dim?: readonly { readonly size?: string | number }[] } }>
  >;
}

interface LayersTopology {
  readonly class_name: string;
  readonly config:
    | { readonly layers: readonly Layer[]; readonly output_layers?: readonly (readonly [string, ...unknown[]])[] }
    | readonly Layer[];
}

interface Layer {
  readonly name?: string;
  readonly class_name: string;
  readonly config: {
    readonly name?: string;
    readonly activation?: string;
    readonly batch_input_shape?: readonly (number | null)[];
  };
  readonly inbound_nodes?: readonly (readonly (readonly [string, ...unknown[]])[])[];
}

/** A TensorFlow.js model as the search for taps sees it, and the picture it takes. */
export interface TfjsNetwork {
  readonly graph: NetworkGraph;
  readonly layout: Layout;
  readonly batch?: number;
  readonly height?: number;
  readonly width?: number;
}

/** @throws DomainError `model_unreadable`, `model_no_image_input` */
export function tfjsNetwork({ modelTopology, signature }: TfjsModelJson): TfjsNetwork {
  if (modelTopology?.node) return graphNetwork(modelTopology.node, signature);
  const topology = modelTopology?.model_config ?? modelTopology;
  if (topology?.config && topology.class_name) return layersNetwork(topology as LayersTopology);
  throw new DomainError('model_unreadable', 'model.json holds neither a graph nor layers.');
}

/** The layers of a topology, whether it names them directly or in its config. */
export const layersOf = ({ config }: LayersTopology): readonly Layer[] => ('layers' in config ? config.layers : config);

function layersNetwork(topology: LayersTopology): TfjsNetwork {
  const layers = layersOf(topology);
  const nodes: NetworkNode[] = [];
  const [first] = layers;
  const input = first ? nameOf(first) : '';
  for (const [i, layer] of layers.entries()) {
    const before = layers[i - 1];
    const [inbound] = layer.inbound_nodes ?? [];
    // A sequential model's layers follow each other without saying so.
    const inputs = inbound ? inbound.map(([name]) => name) : before ? [nameOf(before)] : [];
    if (layer.class_name === 'InputLayer' && inputs.length > 0 && i > 0) throw severalInputs();
    if (inputs.length > 0) nodes.push({ output: nameOf(layer), operation: layerOperation(layer, inputs), inputs });
  }
  const named = 'layers' in topology.config ? topology.config.output_layers?.map(([name]) => name) : undefined;
  const outputs = named ?? nodes.slice(-1).map(({ output }) => output);
  return { graph: { input, nodes, outputs }, ...pictureOf(first?.config.batch_input_shape ?? []) };
}

const nameOf = ({ name, config }: Layer) => name ?? config.name ?? '';

const LAYERS: Readonly<Record<string, Operation>> = {
  ...named('linear', 'Dense'),
  ...named('conv', 'Conv2D DepthwiseConv2D SeparableConv2D'),
  ...named('pool', 'GlobalAveragePooling2D GlobalMaxPooling2D AveragePooling2D MaxPooling2D'),
  ...named('activation', 'ReLU LeakyReLU PReLU ELU ThresholdedReLU Activation'),
  ...named('norm', 'BatchNormalization LayerNormalization'),
  ...named('view', 'Flatten Reshape Dropout SpatialDropout2D Permute'),
  ...named('pad', 'ZeroPadding2D'),
  ...named('softmax', 'Softmax'),
};

function layerOperation({ class_name, config }: Layer, inputs: readonly string[]): Operation {
  if (class_name === 'Activation' && config.activation === 'softmax') return 'softmax';
  if (['Add', 'Concatenate', 'Average', 'Maximum'].includes(class_name)) return inputs.length > 1 ? 'merge' : 'view';
  return LAYERS[class_name] ?? 'other';
}

const NODES: Readonly<Record<string, Operation>> = {
  ...named('linear', 'MatMul _FusedMatMul'),
  ...named('conv', 'Conv2D DepthwiseConv2dNative _FusedConv2D FusedDepthwiseConv2dNative'),
  ...named('pool', 'Mean Max AvgPool MaxPool'),
  ...named('activation', 'Relu Relu6 LeakyRelu Elu Selu Sigmoid Tanh Prelu'),
  ...named('norm', 'FusedBatchNorm FusedBatchNormV2 FusedBatchNormV3'),
  ...named('view', 'Reshape Squeeze Identity ExpandDims Cast'),
  ...named('bias', 'BiasAdd'),
  ...named('pad', 'Pad PadV2 MirrorPad'),
  ...named('softmax', 'Softmax LogSoftmax'),
};

function named(operation: Operation, names: string): Record<string, Operation> {
  return Object.fromEntries(names.split(' ').map((name) => [name, operation]));
}

function graphNetwork(all: readonly GraphNode[], signature: TfjsModelJson['signature']): TfjsNetwork {
  const placeholders = all.filter(({ op }) => op === 'Placeholder');
  const [picture] = placeholders;
  if (!picture || placeholders.length > 1) throw severalInputs();
  const dependent = new Set([picture.name]);
  const nodes: NetworkNode[] = [];
  for (const node of inOrder(all)) {
    const inputs = (node.input ?? []).map(plainName).filter((name) => dependent.has(name));
    if (inputs.length === 0 || node.op === 'Shape') continue;
    dependent.add(node.name);
    nodes.push({ output: node.name, operation: nodeOperation(node.op, inputs), inputs });
  }
  const used = new Set(nodes.flatMap(({ inputs }) => inputs));
  const signed = Object.values(signature?.outputs ?? {}).map(({ name = '' }) => plainName(name));
  const ends = nodes.map(({ output }) => output).filter((output) => !used.has(output));
  const outputs = signed.filter((name) => dependent.has(name));
  const dim = picture.attr?.['shape']?.shape?.dim ?? [];
  const graph = { input: picture.name, nodes, outputs: outputs.length > 0 ? outputs : ends };
  return { graph, ...pictureOf(dim.map(({ size }) => Number(size ?? -1))) };
}

function nodeOperation(op: string, inputs: readonly string[]): Operation {
  if (['Add', 'AddV2', 'AddN', 'ConcatV2', 'Maximum'].includes(op)) return inputs.length > 1 ? 'merge' : 'bias';
  if (['Mul', 'Sub', 'RealDiv'].includes(op)) return inputs.length > 1 ? 'other' : 'bias';
  if (op === 'MatMul' && inputs.length > 1) return 'other';
  return NODES[op] ?? 'other';
}

const plainName = (name: string) => name.replace(/^\^/, '').replace(/:\d+$/, '');

/** A graph's nodes may be written down in any order. */
function inOrder(all: readonly GraphNode[]): GraphNode[] {
  const byName = new Map(all.map((node) => [node.name, node]));
  const ordered: GraphNode[] = [];
  const seen = new Set<string>();
  const waiting = [...all].reverse().map((node) => ({ node, ready: false }));
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    const { node, ready } = next;
    if (ready) ordered.push(node);
    if (ready || seen.has(node.name)) continue;
    seen.add(node.name);
    waiting.push({ node, ready: true });
    for (const name of node.input ?? []) {
      const input = byName.get(plainName(name));
      if (input) waiting.push({ node: input, ready: false });
    }
  }
  return ordered;
}

function pictureOf(shape: readonly (number | null)[]): Pick<TfjsNetwork, 'layout' | 'batch' | 'height' | 'width'> {
  const [batch, first, second, third] = shape;
  const nchw = first === 3 && third !== 3;
  if (shape.length !== 4 || (!nchw && third !== 3)) {
    throw new DomainError('model_no_image_input', 'The model has no input that takes a picture.', {
      fields: [{ path: 'input', expected: '[batch, height, width, 3]', received: `[${shape.join(', ')}]` }],
    });
  }
  const known = (length: number | null | undefined) => (typeof length === 'number' && length > 0 ? length : undefined);
  const [height, width] = nchw ? [second, third] : [first, second];
  return { layout: nchw ? 'nchw' : 'nhwc', batch: known(batch), height: known(height), width: known(width) };
}

const severalInputs = () => new DomainError('model_no_image_input', 'The model has not one input alone.');
