import type { Tensor } from '@tensorflow/tfjs-core';
import { type Call, inputOf, type Operation } from './operation.js';
import { codesOf } from './quantisation.js';
import { aligned, toPlain, toTurned, turned } from './value.js';
import { convolve } from './windows.js';

/**
 * Convolution of codes: sums of (x − zero) · weight + bias in whole numbers, then one step of float32, as ONNX Runtime's
 * kernels have it (`MlasRequantizeOutput`): saturate(round(sum · (x scale · weight scale / y scale)) + zero).
 *
 * float32 holds all whole numbers up to 2^24, and so these sums, which stay below 255 times what the weights of an output come
 * to without their signs. At worst that is more: 255 · 63 · 1728 (weights of seven bits, 192 channels of 3 × 3) is 1.65
 * times as much. But weights are not all the greatest, and products cancel out. Where a sum is larger all the same, an
 * addition is off by its last bit, 2^-24 of it, which ONNX Runtime gives up too when it makes a float32 of the sum.
 */
export const qLinearConv: Operation = (call) => {
  const { core } = call;
  const [least, most] = codesOf(call, 7);
  const [zeroX, zeroY] = [one(call, 2), one(call, 7)];
  const x = toTurned(core, inputOf(call, 0));
  // Zero points go first, so that the border, which is zeros, is that of the numbers and not of the codes.
  const sums = convolve(call, zeroX === 0 ? x : core.sub(x, zeroX), { weights: 3, bias: 8 }, (index) =>
    index === 3 ? weightsOf(call) : core.cast(toPlain(core, inputOf(call, index)), 'float32'),
  );
  const factors = call.kept([4], () => core.tensor1d(factorsOf(call)));
  const codes = core.round(core.clipByValue(core.mul(sums, factors), least - zeroY, most - zeroY));
  return turned(zeroY === 0 ? codes : core.add(codes, zeroY));
};

/** Codes minus zero points, of which there is one or one for each output; float32, for the kernels. */
function weightsOf(call: Call): Tensor {
  const { core } = call;
  const weights = toPlain(core, inputOf(call, 3));
  const zeros = call.numbers(5) ?? [];
  const shifted = zeros.some((zero) => zero !== 0)
    ? core.sub(weights, core.reshape(toPlain(core, inputOf(call, 5)), [-1, 1, 1, 1]))
    : weights;
  return core.cast(shifted, 'float32');
}

/** x scale · weight scale / y scale for each output, rounded twice, as float32 is. */
function factorsOf(call: Call): number[] {
  const [ofX, ofY] = [one(call, 1), one(call, 6)];
  return (call.numbers(4) ?? []).map((scale) => Math.fround(Math.fround(ofX * scale) / ofY));
}

/**
 * Sum of codes (`com.microsoft`), by a table of all pairs: no operation of TensorFlow.js rounds as ONNX Runtime's kernel does, and
 * for one look-up a code there is no faster way through its tensors than an array.
 */
export const qLinearAdd: Operation = (call) => {
  const { core } = call;
  const [least] = codesOf(call, 7);
  const { tensors, channelsLast } = aligned(core, [inputOf(call, 0), inputOf(call, 3)]);
  const [shapeA = [], shapeB = []] = tensors.map((tensor) => tensor.shape);
  const shape = core.broadcast_util.assertAndGetBroadcastShape(shapeA, shapeB);
  const [a = [], b = []] = tensors.map((tensor) => core.broadcastTo(tensor, shape as [number]).dataSync());
  const sums = call.kept([1, 2, 4, 5, 6, 7], () => core.tensor1d(sumsOfCodes(call))).dataSync();
  const codes = new Float32Array(a.length);
  const first = least * PAIR + least;
  for (let i = 0; i < codes.length; i++) codes[i] = sums[(a[i] ?? 0) * PAIR + (b[i] ?? 0) - first] ?? 0;
  return { tensor: core.tensor(codes, shape), channelsLast };
};

/** How many codes there are: pairs of them are counted by the first, then by the second. */
const PAIR = 256;
/** Added and taken away again it leaves the nearest whole number, halves the even one: doubles that large have no places after the point. */
const WHOLE = 1.5 * 2 ** 52;

/**
 * The code of every sum: with the scales divided by that of the sum, in two fused multiplications and additions that round to
 * float32 once each, as in ONNX Runtime's kernel for AVX2 (`qladd_avx2.cpp`, whose compiler fuses one for the zero points, too;
 * kernels for other processors may give the neighbouring code where a sum lies between two). A product of a code and a float32
 * is exact in a double.
 */
function sumsOfCodes(call: Call): Float32Array {
  const { fround } = Math;
  const [least, most] = codesOf(call, 7);
  const [ratioA, ratioB] = [fround(one(call, 1) / one(call, 6)), fround(one(call, 4) / one(call, 6))];
  const zeros = fround(ratioA * one(call, 2) + fround(ratioB * one(call, 5)));
  const fixed = fround(one(call, 7) - zeros);
  return Float32Array.from({ length: PAIR * PAIR }, (_, i) => {
    const [a, b] = [Math.floor(i / PAIR) + least, (i % PAIR) + least];
    const sum = fround(a * ratioA + fround(b * ratioB + fixed));
    return Math.min(most, Math.max(least, sum + WHOLE - WHOLE));
  });
}

const one = (call: Call, index: number) => call.numbers(index)?.[0] ?? 0;
