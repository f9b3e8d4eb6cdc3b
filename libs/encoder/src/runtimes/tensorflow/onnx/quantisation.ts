import type { Tensor } from '@tensorflow/tfjs-core';
import { ELEMENT } from '../../../import/onnx/onnx-schema.js';
import { type Call, inputOf, type Operation, uncovered } from './operation.js';
import { axisOf, toPlain, type Value } from './value.js';

/** Least and greatest code of each type that numbers are quantised to. */
export const CODES: Readonly<Record<number, readonly [number, number]>> = {
  [ELEMENT.uint8]: [0, 255],
  [ELEMENT.int8]: [-128, 127],
};

/**
 * saturate(round(x / scale) + zero point), halves to the even code. Codes stay float32, which holds each of them exactly and
 * which TensorFlow.js computes fastest.
 */
export const quantizeLinear: Operation = (call) => {
  const { core } = call;
  const x = inputOf(call, 0);
  const [least, most] = codesOf(call, 2);
  const steps = core.round(core.div(x.tensor, spread(call, x, 1)));
  const zero = zeroPoint(call, x);
  return { ...x, tensor: core.clipByValue(zero ? core.add(steps, zero) : steps, least, most) };
};

/** (x − zero point) · scale; the difference in whole numbers where x is a constant, since int32 has more of them than float32. */
export const dequantizeLinear: Operation = (call) => {
  const { core } = call;
  const x = inputOf(call, 0);
  const zero = zeroPoint(call, x);
  return { ...x, tensor: core.mul(zero ? core.sub(x.tensor, zero) : x.tensor, spread(call, x, 1)) };
};

/** The bounds of the type of this zero point; without one the type is an attribute, or else uint8. */
export function codesOf(call: Call, index: number): readonly [number, number] {
  const type = call.inputs[index] ? call.elementType(index) : call.attributes.int('output_dtype', 0) || ELEMENT.uint8;
  const bounds = CODES[type ?? ELEMENT.unknown];
  if (bounds) return bounds;
  throw uncovered(call, type === undefined ? 'a zero point of unknown type' : `codes of element type ${type}`);
}

/** Undefined where it is zero throughout and need not be added. */
function zeroPoint(call: Call, x: Value): Tensor | undefined {
  return call.numbers(2)?.some((zero) => zero !== 0) ? spread(call, x, 2) : undefined;
}

/** A scale or zero point so that it can be broadcast against x: one for all numbers, or one for each place of an axis. */
function spread(call: Call, x: Value, index: number): Tensor {
  const { core, attributes } = call;
  const given = toPlain(core, inputOf(call, index));
  if (attributes.int('block_size', 0) !== 0) throw uncovered(call, 'a step for each block of an axis');
  if (given.size === 1) return core.reshape(given, []);
  const axis = axisOf(x, attributes.int('axis', 1));
  return core.reshape(
    given,
    x.tensor.shape.map((_, one) => (one === axis ? given.size : 1)),
  );
}
