import type { OnnxBuilder } from '../../../../import/__fixtures__/onnx-builder.js';
import { ELEMENT } from '../../../../import/onnx/onnx-schema.js';
import { type Case, mapped, square } from './operation-case.js';

/** −200 … 200 in halves, so that every other one lies between two codes of a step of 1. */
const halves = (b: OnnxBuilder, x: string) =>
  b.op('Mul', [b.op('Floor', [b.op('Mul', [x, b.constant([], 200)])]), b.constant([], 0.5)]);
/** Codes as numbers, which any output can be. */
const codes = (b: OnnxBuilder, input: readonly string[], attributes = {}) =>
  b.op('Cast', [b.op('QuantizeLinear', input, attributes)], { to: ELEMENT.float32 });
const floats = (b: OnnxBuilder, values: readonly number[]) =>
  b.initializer({ dims: [values.length], dataType: ELEMENT.float32, floatData: values });
/** 396 whole numbers that go through −128 … 127, six channels of them. */
const weights = (b: OnnxBuilder) =>
  b.whole(
    'int8',
    [...Array(396).keys()].map((i) => ((i * 37) % 256) - 128),
    [6, 6, 11],
  );
const steps = [0.5, 0.25, 1, 0.1, 0.03, 2];

export const QUANTISATION_CASES: readonly Case[] = [
  [
    'QuantizeLinear of numbers between two codes and beyond the last ones, to uint8 and to int8',
    (b, x) =>
      (['uint8', 'int8'] as const).flatMap((type) =>
        [0, 100].map((zero) => codes(b, [halves(b, x), b.constant([], 1), b.whole(type, [zero], [])])),
      ),
    10,
  ],
  [
    'QuantizeLinear by a step that is no sum of powers of two',
    (b, x) => codes(b, [x, b.constant([], 0.007), b.whole('int8', [-3], [])]),
    13,
  ],
  ['QuantizeLinear without a zero point, to uint8', (b, x) => codes(b, [halves(b, x), b.constant([1], 0.5)]), 13],
  [
    'QuantizeLinear without a zero point, to a type that is named',
    (b, x) =>
      [ELEMENT.int8, ELEMENT.uint8].map((type) => codes(b, [halves(b, x), b.constant([], 1)], { output_dtype: type })),
    21,
  ],
  [
    'QuantizeLinear of each channel in its own step, of the picture and of a map',
    (b, x) => {
      const grid = [floats(b, steps), b.whole('int8', [0, 5, -5, 100, -100, 1])];
      return [codes(b, [halves(b, x), ...grid]), codes(b, [mapped(b, x), ...grid], { axis: -3 })];
    },
    13,
  ],
  [
    'QuantizeLinear of each column in its own step, the zero points cast and passed on',
    (b, x) => {
      const zeros = b.op('Cast', [b.integers([0, 5, 250, 100, 0, 1, 0, 0, 7, 8, 9])], { to: ELEMENT.uint8 });
      const grid = [floats(b, [...steps, ...steps.slice(1)]), b.op('Identity', [zeros])];
      return [codes(b, [halves(b, x), ...grid], { axis: 3 }), codes(b, [mapped(b, x), ...grid], { axis: -1 })];
    },
    19,
  ],
  [
    'DequantizeLinear of codes that went through other operations',
    (b, x) => {
      const grid = [b.constant([], 0.05), b.whole('uint8', [110], [])];
      const code = b.op('QuantizeLinear', [mapped(b, x), ...grid]);
      return [
        b.op('DequantizeLinear', [code, ...grid]),
        b.op('DequantizeLinear', [b.op('MaxPool', [code], square(2)), ...grid]),
        b.op('DequantizeLinear', [b.op('Flatten', [code]), b.constant([], 0.5)]),
      ];
    },
    13,
  ],
  [
    'DequantizeLinear of each channel of codes in its own step',
    (b, x) => {
      const grid = [floats(b, steps), b.whole('uint8', [0, 5, 250, 100, 0, 1])];
      return b.op('DequantizeLinear', [b.op('QuantizeLinear', [mapped(b, x), ...grid]), ...grid]);
    },
    21,
  ],
  [
    'DequantizeLinear of weights: of int8 by output and by input, of uint8, of int32',
    (b, x) => {
      const zeros = b.whole('int8', [0, -128, 127, 3, -4, 0]);
      return [
        b.op('DequantizeLinear', [weights(b), floats(b, steps)], { axis: 0 }),
        b.op('DequantizeLinear', [weights(b), floats(b, steps), zeros], { axis: -2 }),
        b.op('DequantizeLinear', [
          b.whole('uint8', [0, 1, 128, 255]),
          b.constant([], 0.1),
          b.whole('uint8', [128], []),
        ]),
        b.op(
          'DequantizeLinear',
          [
            b.whole('int32', [-2_147_483_648, -3, 0, 16_777_217, 2_147_483_647, 9]),
            floats(b, steps),
            b.whole('int32', [0, 0, 0, 0, 0, 0]),
          ],
          { axis: 0 },
        ),
      ].map((given) => b.op('Add', [given, b.op('Mul', [b.op('ReduceMax', [x], { keepdims: 0 }), b.constant([], 0)])]));
    },
    13,
  ],
];
