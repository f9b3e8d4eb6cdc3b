import { findStages } from './find-stages.js';
import { type FoundTap, type FoundTaps, isVector, type Layout, tapOn, tokenShape } from './found-taps.js';
import { GraphIndex, type NetworkGraph, type NetworkNode, type TensorShapes } from './network-graph.js';

export interface TapSearch {
  readonly graph: NetworkGraph;
  readonly shapes: TensorShapes;
  /** Layout of feature maps where a shape could be either. */
  readonly layout: Layout;
  /** Side of the picture the shapes are for, in pixels. */
  readonly side: number;
  /** False for a network whose last linear layer gives an embedding, not classes. */
  readonly classifies?: boolean;
}

/** Output names of networks that end in an embedding. */
const EMBEDDING_NAME = /embed|feature|pool|hidden|penult|vector/i;

/**
 * Finds the taps of a network by its structure:
 *
 * - `logits`: what goes into the last softmax, or the output of the last linear layer;
 * - `penultimate`: the vector that the last linear layer takes; without a classifier, the model's own embedding;
 * - `hidden1`, …: outputs of fully connected layers before that; `pooled`: the pooled features, where they are neither;
 * - `stage1` … `stage4`: the last feature map at strides 4, 8, 16 and 32, averaged (see `findStages`);
 * - `tokens`: the mean over the patches of a network that answers with tokens.
 */
export function findTaps(search: TapSearch): FoundTaps {
  const index = new GraphIndex(search.graph);
  const shapeOf = (tensor: string) => search.shapes.get(tensor) ?? [];
  const tap = (name: string, tensor: string | undefined) =>
    tensor === undefined ? [] : [tapOn(name, tensor, shapeOf(tensor), search.layout)].flatMap((found) => found ?? []);

  const head = search.classifies === false ? undefined : findClassifier(index, shapeOf);
  const embedding = head ? undefined : findEmbedding(search.graph.outputs, shapeOf);
  const penultimate = head ? head.features : embedding;
  const below = penultimate === undefined ? [] : hiddenLayers(index, shapeOf, penultimate);
  const tokens = search.graph.outputs.find((name) => tokenShape(shapeOf(name)));
  const last = head?.logits ?? embedding ?? search.graph.outputs[0];
  const stages = last === undefined ? { taps: [] } : findStages(index, search, last);
  return {
    taps: [
      ...tap('penultimate', penultimate),
      ...tap('logits', head?.logits),
      ...below.flatMap(({ name, tensor }) => tap(name, tensor)),
      ...(tokens === undefined ? [] : meanOfTokens(tokens, shapeOf(tokens))),
      ...stages.taps,
    ],
    ...(stages.featureMap && { featureMap: stages.featureMap }),
  };
}

type ShapeOf = (tensor: string) => readonly number[];

function findClassifier(index: GraphIndex, shapeOf: ShapeOf): { logits: string; features: string } | undefined {
  const { outputs } = index.graph;
  const byName = [...outputs].sort((a, b) => rank(a) - rank(b));
  for (const output of byName.filter((name) => !EMBEDDING_NAME.test(name))) {
    const logits = beforeSoftmax(index, output);
    if (!isVector(shapeOf(logits))) continue;
    const layer = lastLinear(index, logits, shapeOf);
    if (!layer) continue;
    return { logits, features: ownOutput(index, layer.inputs[0] ?? '', shapeOf) };
  }
  return undefined;
}

/** Outputs that are called logits come first. */
const rank = (name: string) => (/logit/i.test(name) ? 0 : 1);

function beforeSoftmax(index: GraphIndex, output: string): string {
  let tensor = output;
  for (let node = index.producer(tensor); node; node = index.producer(tensor)) {
    if (node.operation === 'softmax') return node.inputs[0] ?? output;
    if (node.operation !== 'view') return output;
    tensor = node.inputs[0] ?? output;
  }
  return output;
}

/** The linear layer whose output this is, but for a bias or another shape; also one applied to each place before pooling. */
function lastLinear(index: GraphIndex, from: string, shapeOf: ShapeOf): NetworkNode | undefined {
  let tensor = from;
  for (let node = index.producer(tensor); node; node = index.producer(tensor)) {
    const [input] = node.inputs;
    if (input === undefined) return undefined;
    if (node.operation === 'linear') return node;
    if (node.operation === 'conv') {
      const pooledAfter = !isVector(shapeOf(node.output));
      return isVector(shapeOf(input)) || pooledAfter ? node : undefined;
    }
    if (!['view', 'bias', 'pool'].includes(node.operation) && !(node.operation === 'activation' && tensor !== from))
      return undefined;
    tensor = input;
  }
  return undefined;
}

/** The same vector under the name the model itself gives out, if it does. */
function ownOutput(index: GraphIndex, features: string, shapeOf: ShapeOf): string {
  const { outputs } = index.graph;
  let tensor: string | undefined = features;
  for (; tensor !== undefined && isVector(shapeOf(tensor));) {
    if (outputs.includes(tensor)) return tensor;
    const node: NetworkNode | undefined = index.producer(tensor);
    tensor = node?.operation === 'view' ? node.inputs[0] : undefined;
  }
  return features;
}

function findEmbedding(outputs: readonly string[], shapeOf: ShapeOf): string | undefined {
  const byFit = [
    (name: string) => /embed/i.test(name) && isVector(shapeOf(name)),
    (name: string) => isVector(shapeOf(name)),
    (name: string) => tokenShape(shapeOf(name)) !== undefined,
    (name: string) => shapeOf(name).length === 4,
  ];
  return byFit.flatMap((fits) => outputs.filter(fits))[0];
}

/** Vectors on the way down from the penultimate one: fully connected layers, then the pooled features. */
function hiddenLayers(index: GraphIndex, shapeOf: ShapeOf, penultimate: string): { name: string; tensor: string }[] {
  const hidden: string[] = [];
  let pooled: string | undefined;
  let crossedLinear = false;
  for (let tensor: string | undefined = penultimate; tensor !== undefined;) {
    const node: NetworkNode | undefined = index.producer(tensor);
    if (!node) break;
    const [input] = node.inputs;
    if (crossedLinear && node.operation === 'pool') pooled = tensor;
    if (node.operation === 'pool' || node.operation === 'merge' || node.operation === 'other') break;
    if (input === undefined || !isVector(shapeOf(input))) break;
    if (node.operation === 'linear' || (node.operation === 'conv' && isVector(shapeOf(tensor)))) {
      const producer = index.producer(skipViews(index, input));
      if (producer && ['activation', 'bias', 'linear'].includes(producer.operation)) hidden.push(input);
      crossedLinear = true;
    }
    tensor = input;
  }
  return [
    ...hidden.reverse().map((tensor, i) => ({ name: `hidden${i + 1}`, tensor })),
    ...(pooled === undefined ? [] : [{ name: 'pooled', tensor: pooled }]),
  ];
}

function skipViews(index: GraphIndex, from: string): string {
  let tensor = from;
  for (let node = index.producer(tensor); node?.operation === 'view'; node = index.producer(tensor)) {
    const [input] = node.inputs;
    if (input === undefined) break;
    tensor = input;
  }
  return tensor;
}

function meanOfTokens(tensor: string, shape: readonly number[]): FoundTap[] {
  const found = tapOn('tokens', tensor, shape, 'nchw', 'mean');
  return found ? [found] : [];
}
