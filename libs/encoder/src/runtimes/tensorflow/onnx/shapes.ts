import type { Tensor } from '@tensorflow/tfjs-core';
import { ELEMENT } from '../../../import/onnx/onnx-schema.js';
import { type Call, inputOf, type Operation, uncovered } from './operation.js';
import { makeTensor } from './tensor-data.js';
import { aligned, axisOf, plain, shapeOf, toPlain, type Value } from './value.js';

const plainInput = (call: Call, index = 0): Tensor => toPlain(call.core, inputOf(call, index));
const numbersOf = (call: Call, index: number): number[] => {
  const numbers = call.numbers(index);
  if (numbers) return numbers;
  throw uncovered(call, `no input ${index + 1}`);
};

/** The axes to add or drop: an attribute before opset 13, then an input. */
const axesOf = (call: Call) => call.attributes.ints('axes') ?? call.numbers(1);

const WHOLE: readonly number[] = [ELEMENT.int64, ELEMENT.int32, ELEMENT.int8, ELEMENT.uint8];

/** To whole numbers, truth values or float32, which stands for all floating point types. */
export const cast: Operation = (call) => {
  const { tensor, channelsLast } = inputOf(call, 0);
  const to = call.attributes.int('to', ELEMENT.float32);
  const dtype = WHOLE.includes(to) ? 'int32' : to === ELEMENT.bool ? 'bool' : 'float32';
  return { tensor: call.core.cast(tensor, dtype), channelsLast };
};

export const concat: Operation = (call) => {
  const { tensors, channelsLast } = aligned(
    call.core,
    call.inputs.map((_, i) => inputOf(call, i)),
  );
  const [first] = tensors as [Tensor, ...Tensor[]];
  const axis = axisOf({ tensor: first, channelsLast }, call.attributes.int('axis', 0));
  return { tensor: call.core.concat(tensors, axis), channelsLast };
};

export const constantOfShape: Operation = (call) => {
  const { core, attributes } = call;
  const said = attributes.tensor('value');
  const value = said ? makeTensor(core, said) : core.scalar(0);
  return plain(core.fill(numbersOf(call, 0), value.dataSync()[0] ?? 0, value.dtype));
};

export const expand: Operation = (call) => {
  const x = plainInput(call);
  const wanted = numbersOf(call, 1);
  const rank = Math.max(x.rank, wanted.length);
  const given = [...Array<number>(rank - x.rank).fill(1), ...x.shape];
  const asked = [...Array<number>(rank - wanted.length).fill(1), ...wanted];
  return plain(
    call.core.broadcastTo(
      call.core.reshape(x, given),
      given.map((side, axis) => Math.max(side, asked[axis] ?? 1)),
    ),
  );
};

export const flatten: Operation = (call) => {
  const x = plainInput(call);
  const axis = call.attributes.int('axis', 1);
  const rows = x.shape.slice(0, axis < 0 ? axis + x.rank : axis).reduce((product, side) => product * side, 1);
  return plain(call.core.reshape(x, [rows, x.size / rows]));
};

export const gather: Operation = (call) => {
  const x = plainInput(call);
  const axis = (call.attributes.int('axis', 0) + x.rank) % x.rank;
  const indices = plainInput(call, 1);
  const counted = numbersOf(call, 1).map((index) => (index < 0 ? index + (x.shape[axis] ?? 0) : index));
  return plain(call.core.gather(x, call.core.tensor(counted, indices.shape, 'int32'), axis));
};

/** A border of one value, or mirrored. Before opset 11 its widths are an attribute. */
export const pad: Operation = (call) => {
  const { core, attributes } = call;
  const x = inputOf(call, 0);
  const { rank } = x.tensor;
  const widths = attributes.ints('pads') ?? numbersOf(call, 1);
  const axes = call.numbers(3) ?? [...Array(rank).keys()];
  const pads = x.tensor.shape.map((): [number, number] => [0, 0]);
  for (const [i, axis] of axes.entries()) pads[axisOf(x, axis)] = [widths[i] ?? 0, widths[axes.length + i] ?? 0];
  if (Math.min(...pads.flat()) < 0) throw uncovered(call, 'negative widths');
  const mode = attributes.text('mode', 'constant');
  if (mode === 'reflect') return { ...x, tensor: core.mirrorPad(x.tensor, pads, 'reflect') };
  if (mode !== 'constant') throw uncovered(call, `the mode ${mode}`);
  return {
    ...x,
    tensor: core.pad(
      x.tensor,
      pads,
      attributes.has('value') ? attributes.float('value', 0) : (call.numbers(2)?.[0] ?? 0),
    ),
  };
};

/** Numbers from a first one on, by steps, up to but without a last one. */
export const range: Operation = (call) => {
  const [first = 0, end = 0, step = 1] = [0, 1, 2].map((index) => numbersOf(call, index)[0]);
  const count = Math.max(0, Math.ceil((end - first) / step));
  const numbers = Array.from({ length: count }, (_, i) => first + i * step);
  return plain(call.core.tensor1d(numbers, inputOf(call, 0).tensor.dtype as 'float32' | 'int32'));
};

/** 0 keeps an axis, −1 takes what is left. */
export const reshape: Operation = (call) => {
  const x = plainInput(call);
  const keepsZero = call.attributes.int('allowzero', 0) === 1;
  const wanted = call.attributes.ints('shape') ?? numbersOf(call, 1);
  return plain(
    call.core.reshape(
      x,
      wanted.map((side, axis) => (side === 0 && !keepsZero ? (x.shape[axis] ?? 1) : side)),
    ),
  );
};

export const shape: Operation = (call) => {
  const { core, attributes } = call;
  const all = shapeOf(inputOf(call, 0));
  return plain(
    core.tensor1d(
      all.slice(attributes.int('start', 0), attributes.has('end') ? attributes.int('end', 0) : undefined),
      'int32',
    ),
  );
};

/** Parts of axes, by steps that may go backwards. Before opset 10 everything is an attribute. */
export const slice: Operation = (call) => {
  const { core, attributes, opset } = call;
  const x = plainInput(call);
  const said = (index: number, name: string) => (opset < 10 ? attributes.ints(name) : call.numbers(index));
  const [starts, ends] = [said(1, 'starts') ?? [], said(2, 'ends') ?? []];
  const axes = said(3, 'axes') ?? [...starts.keys()];
  const steps = (opset < 10 ? undefined : call.numbers(4)) ?? starts.map(() => 1);
  return plain(
    axes.reduce((tensor, said, i) => {
      const axis = said < 0 ? said + tensor.rank : said;
      const places = placesOf(tensor.shape[axis] ?? 0, starts[i] ?? 0, ends[i] ?? 0, steps[i] ?? 1);
      const [first = 0] = places;
      if ((steps[i] ?? 1) !== 1) return core.gather(tensor, core.tensor1d(places, 'int32'), axis);
      const begin = tensor.shape.map((_, one) => (one === axis ? first : 0));
      return core.slice(
        tensor,
        begin,
        tensor.shape.map((side, one) => (one === axis ? places.length : side)),
      );
    }, x),
  );
};

/** The places of one axis that a slice takes, as NumPy counts. */
function placesOf(length: number, start: number, end: number, step: number): number[] {
  const bounded = (place: number) => {
    const counted = place < 0 ? place + length : place;
    return step > 0 ? Math.min(length, Math.max(0, counted)) : Math.min(length - 1, Math.max(-1, counted));
  };
  const [from, to] = [bounded(start), bounded(end)];
  return Array.from({ length: Math.max(0, Math.ceil((to - from) / step)) }, (_, i) => from + i * step);
}

export const split: Operation = (call) => {
  const { core, attributes } = call;
  const x = inputOf(call, 0);
  const axis = axisOf(x, attributes.int('axis', 0));
  const side = x.tensor.shape[axis] ?? 0;
  const sizes = attributes.ints('split') ?? call.numbers(1);
  const parts = attributes.int('num_outputs', call.outputs);
  if (!sizes && side % parts !== 0) throw uncovered(call, 'parts of unlike sizes that are not stated');
  return core.split(x.tensor, sizes ?? parts, axis).map((tensor): Value => ({ ...x, tensor }));
};

export const squeeze: Operation = (call) => {
  const x = plainInput(call);
  const axes = axesOf(call)?.map((axis) => (axis < 0 ? axis + x.rank : axis));
  return plain(
    call.core.reshape(
      x,
      x.shape.filter((side, axis) => (axes ? !axes.includes(axis) : side !== 1)),
    ),
  );
};

export const transpose: Operation = (call) => {
  const x = plainInput(call);
  return plain(call.core.transpose(x, call.attributes.ints('perm') ?? [...Array(x.rank).keys()].reverse()));
};

export const unsqueeze: Operation = (call) => {
  const x = plainInput(call);
  const added = axesOf(call) ?? [];
  const rank = x.rank + added.length;
  const axes = added.map((axis) => (axis < 0 ? axis + rank : axis));
  const sides = [...x.shape];
  return plain(
    call.core.reshape(
      x,
      Array.from({ length: rank }, (_, axis) => (axes.includes(axis) ? 1 : (sides.shift() ?? 1))),
    ),
  );
};

export const where: Operation = (call) => {
  const [condition, a, b] = [0, 1, 2].map((i) => plainInput(call, i)) as [Tensor, Tensor, Tensor];
  return plain(call.core.where(call.core.cast(condition, 'bool'), a, b));
};
