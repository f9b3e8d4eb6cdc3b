import type { ManifestTap } from '../manifest.js';

/** A tap as the importer found it in a network, or a person named it. */
export interface FoundTap extends ManifestTap {
  readonly name: string;
  /** Shape of the tensor for one picture. */
  readonly shape: readonly number[];
}

/** What the importer found in a network. */
export interface FoundTaps {
  readonly taps: readonly FoundTap[];
  /** The last feature map before pooling; a network on tokens has none. */
  readonly featureMap?: { readonly tensor: string; readonly channels: number; readonly layout: Layout };
}

export type Layout = 'nchw' | 'nhwc';

/** Whether all but one axis have length one: the tensor is a vector, however many axes it has. */
export function isVector(shape: readonly number[]): boolean {
  const size = shape.reduce((product, length) => product * length, 1);
  return shape.length >= 2 && shape[0] === 1 && size > 1 && Math.max(...shape) === size;
}

export interface MapShape {
  readonly layout: Layout;
  readonly channels: number;
  /** Height and width. */
  readonly side: number;
}

/**
 * A square feature map's axes, read from its shape: pictures are square, so two equal axes are height and width.
 *
 * @param usual the layout of the format, for a shape that could be either
 */
export function mapShape(shape: readonly number[], usual: Layout): MapShape | undefined {
  const [batch, first = 0, second = 0, third = 0] = shape;
  if (shape.length !== 4 || batch !== 1) return undefined;
  const nchw = second === third ? { layout: 'nchw' as const, channels: first, side: second } : undefined;
  const nhwc = first === second ? { layout: 'nhwc' as const, channels: third, side: first } : undefined;
  return usual === 'nchw' ? (nchw ?? nhwc) : (nhwc ?? nchw);
}

/** Tokens of [1, tokens, dimension], and how many of them precede those of the picture. */
export function tokenShape(shape: readonly number[]): { dimension: number; leading: number } | undefined {
  const [batch, tokens = 0, dimension = 0] = shape;
  if (shape.length !== 3 || batch !== 1 || tokens < 4) return undefined;
  // A class token, or one with four registers (DINOv2 with registers), before a square of patches.
  const leading = [0, 1, 5].find((count) => Number.isInteger(Math.sqrt(tokens - count)));
  return leading === undefined ? undefined : { dimension, leading };
}

/** A tap on this tensor with the pooling that its shape suggests, or the one asked for; undefined where none fits. */
export function tapOn(
  name: string,
  tensor: string,
  shape: readonly number[],
  usual: Layout,
  pooling?: ManifestTap['pooling'],
): FoundTap | undefined {
  const base = { name, tensor, shape };
  if (isVector(shape) && (pooling ?? 'none') === 'none')
    return { ...base, pooling: 'none', dimension: Math.max(...shape) };
  const tokens = tokenShape(shape);
  if (tokens) {
    const chosen = pooling ?? (tokens.leading > 0 ? 'first-token' : 'mean');
    const skip = chosen !== 'first-token' && tokens.leading > 0 ? { skipTokens: tokens.leading } : {};
    return chosen === 'none' ? undefined : { ...base, pooling: chosen, dimension: tokens.dimension, ...skip };
  }
  const map = mapShape(shape, usual);
  if (!map || pooling === 'first-token' || pooling === 'none') return undefined;
  return { ...base, pooling: pooling ?? 'mean', dimension: map.channels, layout: map.layout };
}
