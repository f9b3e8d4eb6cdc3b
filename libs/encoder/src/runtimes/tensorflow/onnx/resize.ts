import type { Tensor } from '@tensorflow/tfjs-core';
import { type Call, inputOf, type Operation, uncovered } from './operation.js';
import { axisOf, type Core, shapeOf } from './value.js';

/** Where a new place of an axis lies on the old one. */
type Coordinate = (place: number, axis: { from: number; to: number; scale: number }) => number;

/** In float32, where a scale of 0.8 is none, but places divided by it come out exact: what is then quantised has the same codes. */
const divided = (place: number, scale: number) => Math.fround(place / scale);

const COORDINATES: Readonly<Record<string, Coordinate>> = {
  half_pixel: (place, { scale }) => divided(place + 0.5, scale) - 0.5,
  pytorch_half_pixel: (place, { scale, to }) => (to > 1 ? divided(place + 0.5, scale) - 0.5 : 0),
  asymmetric: (place, { scale }) => divided(place, scale),
  align_corners: (place, { from, to }) => (to > 1 ? (place * (from - 1)) / (to - 1) : 0),
};

const NEAREST: Readonly<Record<string, (coordinate: number) => number>> = {
  round_prefer_floor: (coordinate) => Math.ceil(coordinate - 0.5),
  round_prefer_ceil: (coordinate) => Math.floor(coordinate + 0.5),
  floor: Math.floor,
  ceil: Math.ceil,
};

/** Before there was an attribute: the place after where an axis becomes shorter, the one before where it becomes longer. */
const roundingBefore11 = (scale: number) => (scale < 1 ? Math.ceil : Math.floor);

/** Larger or smaller along any axes: from the nearest place, or linearly between two. */
export const resize: Operation = (call) => {
  const { core, attributes, opset } = call;
  const x = inputOf(call, 0);
  const mode = attributes.text('mode', 'nearest');
  if (mode !== 'nearest' && mode !== 'linear') throw uncovered(call, `the mode ${mode}`);
  if (attributes.int('antialias', 0) === 1) throw uncovered(call, 'antialias');
  const named = attributes.text('coordinate_transformation_mode', opset < 11 ? 'asymmetric' : 'half_pixel');
  const coordinate = COORDINATES[named];
  if (!coordinate) throw uncovered(call, `coordinates by ${named}`);
  const nearest = NEAREST[attributes.text('nearest_mode', 'round_prefer_floor')];
  if (mode === 'nearest' && !nearest) throw uncovered(call, 'another rounding');
  const all = sidesOf(call, shapeOf(x));
  // As ONNX Runtime, which does not look at scales then.
  if (all.every(({ from, to }) => from === to)) return x;
  const tensor = all.reduce((tensor, { axis, ...sides }) => {
    if (sides.scale === 1 && sides.from === sides.to) return tensor;
    const places = Array.from({ length: sides.to }, (_, place) => coordinate(place, sides));
    const along = axisOf(x, axis);
    return mode === 'linear' || !nearest
      ? between(core, tensor, along, places)
      : taken(core, tensor, along, places.map(opset < 11 ? roundingBefore11(sides.scale) : nearest));
  }, x.tensor);
  return { ...x, tensor };
};

/** How long each axis is, and is to be: by sizes, or by scales, which count even where they do not give a whole length. */
function sidesOf(call: Call, shape: readonly number[]) {
  const { attributes, opset } = call;
  const axes = attributes.ints('axes') ?? [...shape.keys()];
  const scales = call.numbers(opset < 11 ? 1 : 2) ?? [];
  const sizes = opset < 11 ? [] : (call.numbers(3) ?? []);
  if (sizes.length > 0 && attributes.text('keep_aspect_ratio_policy', 'stretch') !== 'stretch')
    throw uncovered(call, 'sizes that keep the aspect ratio');
  if (scales.length + sizes.length === 0) throw uncovered(call, 'neither scales nor sizes');
  return axes.map((said, i) => {
    const axis = said < 0 ? said + shape.length : said;
    const from = shape[axis] ?? 1;
    const size = sizes[i];
    const scale = size === undefined ? (scales[i] ?? 1) : Math.fround(size / from);
    return { axis, from, to: size ?? Math.floor(Math.fround(from * scale)), scale };
  });
}

const taken = (core: Core, x: Tensor, axis: number, places: readonly number[]): Tensor => {
  const last = (x.shape[axis] ?? 1) - 1;
  const within = places.map((place) => Math.min(last, Math.max(0, place)));
  return core.gather(x, core.tensor1d(within, 'int32'), axis);
};

/** Beyond the first and the last place there is what they hold. */
function between(core: Core, x: Tensor, axis: number, places: readonly number[]): Tensor {
  const below = places.map(Math.floor);
  const [lower, upper] = [
    taken(core, x, axis, below),
    taken(
      core,
      x,
      axis,
      below.map((place) => place + 1),
    ),
  ];
  const share = places.map((place, i) => place - (below[i] ?? 0));
  const sides = x.shape.map((_, one) => (one === axis ? places.length : 1));
  return core.add(lower, core.mul(core.sub(upper, lower), core.tensor(share, sides)));
}
