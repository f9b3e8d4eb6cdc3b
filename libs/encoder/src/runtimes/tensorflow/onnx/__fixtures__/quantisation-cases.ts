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
/** The picture, about −2 … 2, as codes; their step and zero point. */
const coded = (b: OnnxBuilder, x: string, type: 'uint8' | 'int8', step: number, zero: number) => {
  const grid = [b.constant([], step), b.whole(type, [zero], [])];
  return [b.op('QuantizeLinear', [x, ...grid]), ...grid];
};
/** Weights of seven bits. */
const sevenBits = (b: OnnxBuilder, shape: readonly number[]) =>
  b.whole(
    'int8',
    Array.from({ length: shape.reduce((product, side) => product * side, 1) }, (_, i) => ((i * 37) % 127) - 63),
    shape,
  );
const asNumbers = (b: OnnxBuilder, code: string) => b.op('Cast', [code], { to: ELEMENT.float32 });
const border = (side: number) => ({ ...square(side), pads: [1, 0, 1, 2] });

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
  [
    'QLinearConv of channels with steps of their own, strided, of groups and of each channel, without a bias',
    (b, x) => {
      const weightSteps = [0.01, 0.02, 0.03, 0.001, 0.017, 0.004];
      const grid = [floats(b, weightSteps), b.whole('int8', [0, 0, 0, 0, 0, 0])];
      const y = [b.constant([], 0.07), b.whole('uint8', [117], [])];
      const code = coded(b, x, 'uint8', 0.016, 120);
      const bias = b.whole('int32', [1000, -2000, 0, 30000, 5, -1]);
      const conv = (perGroup: number, further: readonly string[], attributes = {}) =>
        asNumbers(
          b,
          b.op('QLinearConv', [...code, sevenBits(b, [6, perGroup, 3, 3]), ...grid, ...y, ...further], {
            ...border(3),
            ...attributes,
          }),
        );
      return [
        conv(6, [bias]),
        conv(6, [bias], { strides: [2, 2] }),
        conv(2, [bias], { group: 3 }),
        conv(1, [bias], { group: 6 }),
        conv(6, []),
      ];
    },
    13,
  ],
  [
    'QLinearConv from int8 to int8, and of uint8 weights that are not around zero',
    (b, x) => {
      const signed = [b.constant([], 0.011), b.whole('int8', [0], []), b.constant([], 0.06), b.whole('int8', [-9], [])];
      const unsigned = [
        b.constant([], 0.011),
        b.whole('uint8', [131], []),
        b.constant([], 0.2),
        b.whole('uint8', [3], []),
      ];
      const weights = b.whole(
        'uint8',
        Array.from({ length: 324 }, (_, i) => (i * 37) % 256),
        [6, 6, 3, 3],
      );
      const attributes = border(3);
      return [
        b.op('QLinearConv', [...coded(b, x, 'int8', 0.02, 7), sevenBits(b, [6, 6, 3, 3]), ...signed], attributes),
        b.op('QLinearConv', [...coded(b, x, 'uint8', 0.02, 90), weights, ...unsigned], attributes),
      ].map((code) => asNumbers(b, code));
    },
    13,
  ],
  [
    'QLinearAdd of two maps, of uint8 and of int8, and of a map and a number for each channel',
    (b, x) => {
      const other = b.op('Mul', [x, x]);
      const sum = (type: 'uint8' | 'int8', zero: number) =>
        b.op('QLinearAdd', [
          ...coded(b, x, type, 0.016, zero),
          ...coded(b, other, type, 0.0173, zero - 20),
          ...[b.constant([], 0.023), b.whole(type, [zero - 50], [])],
        ]);
      const ofChannels = b.op('QLinearAdd', [
        ...coded(b, mapped(b, x), 'uint8', 0.016, 100),
        ...coded(b, b.constant([6, 1, 1]), 'uint8', 0.002, 128),
        ...[b.constant([], 0.02), b.whole('uint8', [99], [])],
      ]);
      return [sum('uint8', 120), sum('int8', 20), ofChannels].map((code) => asNumbers(b, code));
    },
    13,
  ],
];
