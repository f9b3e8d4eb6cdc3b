import {
  type FoundTap,
  type FoundTaps,
  type Layout,
  mapShape,
  type MapShape,
  tapOn,
  tokenShape,
} from './found-taps.js';
import type { GraphIndex, TensorShapes } from './network-graph.js';

interface StageSearch {
  readonly shapes: TensorShapes;
  readonly layout: Layout;
  readonly side: number;
}

interface PlacedMap extends MapShape {
  readonly tensor: string;
  /** Position among the bottlenecks. */
  readonly at: number;
}

const STAGES = [1, 2, 3, 4] as const;

/**
 * Finds the stages of a network: `stage1` … `stage4` are the last feature maps at about strides 4, 8, 16 and 32.
 *
 * A stage's output is taken from the bottlenecks of the graph (tensors that everything passes through). Of those with one
 * side, it is the last that joins branches (a residual sum or a concatenation) with the activation that follows it; where
 * none does, as in plain networks, the last one of all. At the side where the network ends it is the last of all: the
 * feature map that is pooled.
 *
 * A network on tokens has no strides: its stages are residual sums at a quarter, half, three quarters and all of its depth.
 */
export function findStages(index: GraphIndex, search: StageSearch, last: string): FoundTaps {
  const bottlenecks = index.bottlenecks(last);
  const maps = bottlenecks.flatMap((tensor, at): PlacedMap[] => {
    const map = mapShape(search.shapes.get(tensor) ?? [], search.layout);
    const isBorder = index.producer(tensor)?.operation === 'pad';
    return map && map.side > 1 && map.channels > 3 && !isBorder ? [{ ...map, tensor, at }] : [];
  });
  const end = maps.at(-1);
  const ofTokens = tokenStages(index, search, bottlenecks);
  if (!end || ofTokens.length > 0) return { taps: ofTokens };
  const taps = STAGES.flatMap((stage): FoundTap[] => {
    const level = maps.filter((map) => stageOf(map.side, search.side) === stage);
    // Several sides may share a stage (valid convolutions); the last of them counts.
    const side = level.at(-1)?.side;
    const sameSide = level.filter((map) => map.side === side);
    const chosen = side === end.side ? end : (lastMerge(index, sameSide, bottlenecks) ?? sameSide.at(-1));
    if (!chosen) return [];
    const found = tapOn(`stage${stage}`, chosen.tensor, search.shapes.get(chosen.tensor) ?? [], search.layout);
    return found ? [found] : [];
  });
  return { taps, featureMap: { tensor: end.tensor, channels: end.channels, layout: end.layout } };
}

/** 1 for stride 4, 2 for 8 and so on, the stride rounded on a logarithmic scale. */
const stageOf = (side: number, picture: number) => Math.round(Math.log2(picture / side)) - 1;

/** The last bottleneck of these that joins branches, and the activations right after it. */
function lastMerge(
  index: GraphIndex,
  maps: readonly PlacedMap[],
  bottlenecks: readonly string[],
): PlacedMap | undefined {
  const merge = maps.filter(({ tensor }) => index.producer(tensor)?.operation === 'merge').at(-1);
  if (!merge) return undefined;
  let chosen = merge;
  for (const map of maps.filter(({ at }) => at > merge.at)) {
    const producer = index.producer(map.tensor);
    if (producer?.operation !== 'activation' || producer.inputs[0] !== chosen.tensor) break;
    if (!bottlenecks.includes(map.tensor)) break;
    chosen = map;
  }
  return chosen;
}

function tokenStages(index: GraphIndex, { shapes }: StageSearch, bottlenecks: readonly string[]): FoundTap[] {
  const sums = bottlenecks.filter(
    (tensor) => index.producer(tensor)?.operation === 'merge' && tokenShape(shapes.get(tensor) ?? []) !== undefined,
  );
  if (sums.length < 2 * STAGES.length) return [];
  return STAGES.flatMap((stage) => {
    const tensor = sums[Math.round((sums.length * stage) / STAGES.length) - 1] ?? '';
    const found = tapOn(`stage${stage}`, tensor, shapes.get(tensor) ?? [], 'nchw');
    return found ? [found] : [];
  });
}
