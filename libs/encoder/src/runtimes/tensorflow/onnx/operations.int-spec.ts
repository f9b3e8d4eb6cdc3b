import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { relativeError } from '../../../__fixtures__/golden.js';
import { OnnxBuilder } from '../../../import/__fixtures__/onnx-builder.js';
import { ELEMENT } from '../../../import/onnx/onnx-schema.js';
import { type Answer, BothRuntimes } from './__fixtures__/both-runtimes.js';
import { type Build, type Case, mapped, square } from './__fixtures__/operation-case.js';
import { QUANTISATION_CASES } from './__fixtures__/quantisation-cases.js';
import { OPERATIONS } from './operations.js';

/** Not square, so that rows cannot pass for columns; more than one picture. */
const SHAPE = [2, 6, 9, 11] as const;
let both: BothRuntimes;
beforeAll(async () => (both = await BothRuntimes.open()));
afterAll(() => both.close());

/** Both runtimes' answers to one graph, output by output. */
function bothAnswer(build: Build, opset: number, shape: readonly number[]): Promise<[Answer, Answer][]> {
  const b = new OnnxBuilder();
  const x = b.input('x', ['N', ...shape.slice(1)], ELEMENT.float32);
  const outputs = [build(b, x)].flat();
  const length = shape.reduce((product, side) => product * side, 1);
  const data = Float32Array.from({ length }, (_, i) => ((Math.imul(i + 1, 2654435761) >>> 8) % 4001) / 1000 - 2);
  return both.answers(b.bytes(outputs, opset), outputs, data, shape);
}

const batchNorm = (b: OnnxBuilder, x: string, channels: number) =>
  b.op(
    'BatchNormalization',
    [x, b.constant([channels]), b.constant([channels]), b.constant([channels]), b.constant([channels], 0.7)],
    {
      epsilon: 1e-3,
    },
  );

const floats = (b: OnnxBuilder, numbers: readonly number[]) =>
  b.initializer({ dims: [numbers.length], dataType: ELEMENT.float32, floatData: numbers });

const CASES: readonly Case[] = [
  [
    'Conv with unlike borders, strides and sides',
    (b, x) =>
      b.op('Conv', [x, b.constant([5, 6, 3, 4]), b.constant([5])], {
        kernel_shape: [3, 4],
        pads: [0, 2, 1, 3],
        strides: [2, 3],
      }),
  ],
  [
    'Conv without a bias, dilated',
    (b, x) => b.op('Conv', [x, b.constant([4, 6, 3, 3])], { ...square(3), pads: [2, 2, 2, 2], dilations: [2, 2] }),
  ],
  [
    'Conv of each channel alone',
    (b, x) =>
      b.op('Conv', [x, b.constant([6, 1, 5, 5]), b.constant([6])], {
        ...square(5),
        group: 6,
        pads: [2, 2, 2, 2],
        strides: [2, 2],
      }),
  ],
  [
    'Conv of each channel alone, unlike borders',
    (b, x) => b.op('Conv', [x, b.constant([6, 1, 3, 3])], { ...square(3), group: 6, pads: [0, 1, 2, 0] }),
  ],
  [
    'Conv of each channel alone, dilated',
    (b, x) => b.op('Conv', [x, b.constant([6, 1, 3, 3])], { ...square(3), group: 6, dilations: [2, 2] }),
  ],
  [
    'Conv of each channel to two',
    (b, x) => b.op('Conv', [x, b.constant([12, 1, 3, 3]), b.constant([12])], { ...square(3), group: 6 }),
  ],
  [
    'Conv in groups',
    (b, x) =>
      b.op('Conv', [x, b.constant([9, 2, 3, 3]), b.constant([9])], {
        ...square(3),
        group: 3,
        pads: [1, 1, 1, 1],
        strides: [2, 2],
      }),
  ],
  [
    'Conv in groups of one to one, as a plain one',
    (b, x) => b.op('Conv', [b.op('ReduceMean', [x], { axes: [1] }), b.constant([4, 1, 3, 3])], { ...square(3) }),
  ],
  [
    'Conv with SAME_UPPER',
    (b, x) => b.op('Conv', [x, b.constant([4, 6, 4, 4])], { ...square(4), auto_pad: 'SAME_UPPER', strides: [2, 2] }),
  ],
  [
    'Conv with SAME_LOWER',
    (b, x) => b.op('Conv', [x, b.constant([4, 6, 4, 4])], { ...square(4), auto_pad: 'SAME_LOWER', strides: [2, 2] }),
  ],
  [
    'MaxPool with unlike borders',
    (b, x) => b.op('MaxPool', [x], { kernel_shape: [3, 2], pads: [1, 0, 0, 1], strides: [2, 1] }),
  ],
  [
    'MaxPool of negative numbers with a border',
    (b, x) =>
      b.op('MaxPool', [b.op('Sub', [x, b.constant([1], 5)])], { ...square(3), pads: [1, 1, 1, 1], strides: [2, 2] }),
  ],
  ['MaxPool rounding up', (b, x) => b.op('MaxPool', [x], { ...square(2), strides: [2, 2], ceil_mode: 1 })],
  [
    'MaxPool rounding up to a window in the border alone',
    (b, x) => b.op('MaxPool', [x], { ...square(2), strides: [3, 3], pads: [0, 0, 1, 1], ceil_mode: 1 }),
  ],
  [
    'AveragePool whose border does not count',
    (b, x) => b.op('AveragePool', [x], { ...square(3), pads: [1, 1, 1, 1], strides: [2, 2] }),
  ],
  [
    'AveragePool whose border counts',
    (b, x) => b.op('AveragePool', [x], { ...square(3), pads: [1, 0, 1, 1], strides: [2, 2], count_include_pad: 1 }),
  ],
  ['AveragePool rounding up', (b, x) => b.op('AveragePool', [x], { ...square(2), strides: [2, 2], ceil_mode: 1 })],
  ['GlobalAveragePool', (b, x) => b.op('GlobalAveragePool', [x])],
  ['GlobalMaxPool of a map', (b, x) => b.op('GlobalMaxPool', [mapped(b, x)])],
  ['BatchNormalization of the picture', (b, x) => batchNorm(b, x, 6)],
  ['BatchNormalization of a map', (b, x) => batchNorm(b, mapped(b, x), 6)],
  ['BatchNormalization of vectors', (b, x) => batchNorm(b, b.op('Flatten', [b.op('GlobalAveragePool', [x])]), 6)],
  ['LRN', (b, x) => b.op('LRN', [x], { size: 5, alpha: 0.3, beta: 0.75, bias: { float: 2 } })],
  [
    'Gemm with both factors turned, scaled',
    (b, x) =>
      b.op('Gemm', [b.op('Reshape', [x, b.integers([1188, 1])]), b.constant([7, 1188]), b.constant([7])], {
        transA: 1,
        transB: 1,
        alpha: 0.5,
        beta: { float: 2 },
      }),
  ],
  ['Gemm without a bias', (b, x) => b.op('Gemm', [b.op('Flatten', [x]), b.constant([594, 7])])],
  ['MatMul by one matrix for all', (b, x) => b.op('MatMul', [x, b.constant([11, 5])])],
  ['MatMul of stacks', (b, x) => b.op('MatMul', [x, b.op('Transpose', [x], { perm: [0, 1, 3, 2] })])],
  [
    'LayerNormalization',
    (b, x) => b.op('LayerNormalization', [x, b.constant([9, 11]), b.constant([9, 11])], { axis: -2, epsilon: 1e-3 }),
  ],
  ['Softmax along an axis', (b, x) => b.op('Softmax', [mapped(b, x)], { axis: 1 })],
  ['Softmax before opset 13: along all axes from one on', (b, x) => b.op('Softmax', [x], { axis: 2 }), 11],
  ['LogSoftmax', (b, x) => b.op('LogSoftmax', [x])],
  ['ReduceMean that keeps axes', (b, x) => b.op('ReduceMean', [mapped(b, x)], { axes: [1, -1] })],
  ['ReduceMean that drops axes', (b, x) => b.op('ReduceMean', [mapped(b, x)], { axes: [2], keepdims: 0 })],
  ['ReduceMean of everything', (b, x) => b.op('ReduceMean', [mapped(b, x)], { keepdims: 0 })],
  ['ReduceSum with axes as an input', (b, x) => b.op('ReduceSum', [x, b.integers([1, 3])])],
  ['ReduceMax', (b, x) => b.op('ReduceMax', [x], { axes: [3] })],
  ['ReduceL2', (b, x) => b.op('ReduceL2', [x], { axes: [1] })],
  ['Relu, LeakyRelu, Elu', (b, x) => [b.relu(x), b.op('LeakyRelu', [x], { alpha: 0.2 }), b.op('Elu', [x])]],
  [
    'PRelu of the picture and of a map',
    (b, x) => [b.op('PRelu', [x, b.constant([6, 1, 1])]), b.op('PRelu', [mapped(b, x), b.constant([6, 1, 1])])],
  ],
  [
    'Clip with both bounds, one, and none',
    (b, x) => [
      b.op('Clip', [x, b.constant([], -0.5), b.constant([], 1)]),
      b.op('Clip', [x, '', b.constant([], 1)]),
      b.op('Clip', [x]),
    ],
  ],
  ['Clip before opset 11', (b, x) => b.op('Clip', [x], { min: -0.5, max: { float: 1 } }), 10],
  [
    'Sigmoid, HardSigmoid, HardSwish',
    (b, x) => [
      b.op('Sigmoid', [x]),
      b.op('HardSigmoid', [x], { alpha: 1 / 6 }),
      b.op('HardSigmoid', [x]),
      b.op('HardSwish', [x]),
    ],
  ],
  ['Gelu, exact and approximated', (b, x) => [b.op('Gelu', [x]), b.op('Gelu', [x], { approximate: 'tanh' })], 20],
  ['Softplus, Tanh, Erf', (b, x) => [b.op('Softplus', [x]), b.op('Tanh', [x]), b.op('Erf', [x])]],
  [
    'Add and Mul of a map with what broadcasts',
    (b, x) => [
      b.op('Add', [mapped(b, x), b.constant([6, 1, 1])]),
      b.op('Mul', [b.constant([11]), mapped(b, x)]),
      b.op('Mul', [mapped(b, x), x]),
      b.op('Add', [b.constant([]), mapped(b, x)]),
    ],
  ],
  [
    'Sub, Div, Pow',
    (b, x) => [
      b.op('Sub', [mapped(b, x), x]),
      b.op('Div', [x, b.constant([1, 6, 1, 1], 3)]),
      b.op('Pow', [x, b.constant([], 2)]),
    ],
  ],
  [
    'Sum, Max, Min of several',
    (b, x) => (['Sum', 'Max', 'Min'] as const).map((op) => b.op(op, [x, mapped(b, x), b.constant([6, 1, 1])])),
  ],
  ['Sum of one', (b, x) => b.op('Sum', [mapped(b, x)])],
  ['Abs, Neg, Exp, Floor, Ceil', (b, x) => ['Abs', 'Neg', 'Exp', 'Floor', 'Ceil'].map((op) => b.op(op, [x]))],
  [
    'Log, Sqrt, Reciprocal',
    (b, x) =>
      ['Log', 'Sqrt', 'Reciprocal'].map((op) => b.op(op, [b.op('Add', [b.op('Abs', [x]), b.constant([], 0.1)])])),
  ],
  [
    'Equal and Where',
    (b, x) => b.op('Where', [b.op('Equal', [b.op('Floor', [x]), b.constant([], 1)]), x, b.constant([6, 1, 1])]),
  ],
  [
    'Cast to whole numbers and back',
    (b, x) => b.op('Cast', [b.op('Cast', [x], { to: ELEMENT.int64 })], { to: ELEMENT.float32 }),
  ],
  ['Concat of maps and of the picture, by channels', (b, x) => b.op('Concat', [mapped(b, x), x], { axis: 1 })],
  ['Concat by columns, counted from the end', (b, x) => b.op('Concat', [mapped(b, x), x], { axis: -1 })],
  [
    'Expand by a shape computed from the picture',
    (b, x) => b.op('Expand', [b.constant([1, 6, 1, 1]), b.op('Shape', [mapped(b, x)])]),
  ],
  ['ConstantOfShape', (b, x) => b.op('Add', [x, b.op('ConstantOfShape', [b.op('Shape', [x])])])],
  ['Dropout, Identity', (b, x) => [b.op('Dropout', [x]), b.op('Identity', [mapped(b, x)])]],
  ['Flatten of a map', (b, x) => [b.op('Flatten', [mapped(b, x)]), b.op('Flatten', [mapped(b, x)], { axis: -1 })]],
  [
    'Gather, also from the end',
    (b, x) => [
      b.op('Gather', [x, b.integers([0, -1])], { axis: 2 }),
      b.op('Gather', [mapped(b, x), b.integers([1], [])], { axis: 1 }),
    ],
  ],
  ['Pad of a map', (b, x) => b.op('Pad', [mapped(b, x), b.integers([0, 1, 2, 0, 0, 0, 1, 3]), b.constant([], 1.5)])],
  ['Pad, mirrored', (b, x) => b.op('Pad', [mapped(b, x), b.integers([0, 0, 2, 3, 0, 0, 1, 2])], { mode: 'reflect' })],
  ['Pad before opset 11', (b, x) => b.op('Pad', [x], { pads: [0, 0, 1, 1, 0, 0, 0, 0], value: 0.5 }), 10],
  [
    'Range of as many numbers as the picture has columns',
    (b, x) => {
      const columns = b.op('Gather', [b.op('Shape', [mapped(b, x)]), b.integers([3], [])]);
      const whole = b.op('Range', [b.integers([0], []), columns, b.integers([2], [])]);
      return b.op('Add', [b.op('Cast', [whole], { to: ELEMENT.float32 }), b.op('ReduceMean', [x])]);
    },
  ],
  [
    'Resize between two places, by scales that give no whole sides',
    (b, x) => {
      const scales = floats(b, [1, 1, 0.8, 1.7]);
      return [x, mapped(b, x)].map((one) => b.op('Resize', [one, '', scales], { mode: 'linear' }));
    },
  ],
  [
    'Resize of whole numbers by 0.8, to sixty-fourths exactly',
    (b, x) => {
      const whole = b.op('Floor', [b.op('Mul', [x, b.constant([], 100)])]);
      const resized = b.op('Resize', [whole, '', floats(b, [1, 1, 0.8, 0.8])], { mode: 'linear' });
      return b.op('Floor', [b.op('Mul', [resized, b.constant([], 64)])]);
    },
  ],
  [
    'Resize to sizes, by other coordinates',
    (b, x) =>
      ['asymmetric', 'align_corners', 'pytorch_half_pixel'].map((named) =>
        b.op('Resize', [mapped(b, x), '', '', b.integers([2, 6, 5, 23])], {
          mode: 'linear',
          coordinate_transformation_mode: named,
        }),
      ),
  ],
  [
    'Resize from the nearest place',
    (b, x) =>
      ['round_prefer_floor', 'round_prefer_ceil', 'floor', 'ceil'].map((rounding) =>
        b.op('Resize', [mapped(b, x), '', floats(b, [1, 1, 2, 0.5])], { nearest_mode: rounding }),
      ),
  ],
  [
    'Resize to a size that float32 makes another scale of',
    (b, x) => b.op('Resize', [mapped(b, x), '', '', b.integers([2, 6, 9, 13])], { nearest_mode: 'ceil' }),
  ],
  [
    'Resize before opset 11, larger and smaller',
    (b, x) => [
      b.op('Resize', [mapped(b, x), floats(b, [1, 1, 2, 3])]),
      b.op('Resize', [mapped(b, x), floats(b, [1, 1, 0.6, 0.6])]),
    ],
    10,
  ],
  [
    'Resize to the sides it has, whatever the scales, and beside empty scales',
    (b, x) => [
      b.op('Resize', [x, floats(b, []), floats(b, [1, 1, 1.05, 1.05])], { mode: 'linear' }),
      b.op('Resize', [x, floats(b, []), floats(b, []), b.integers([2, 6, 4, 30])], { mode: 'linear' }),
    ],
    11,
  ],
  [
    'Resize of some axes',
    (b, x) => b.op('Resize', [mapped(b, x), '', '', b.integers([4, 5])], { mode: 'linear', axes: [3, 2] }),
    18,
  ],
  ['Reshape that keeps, computes and flattens', (b, x) => b.op('Reshape', [mapped(b, x), b.integers([0, 3, -1])])],
  [
    'Slice with steps, backwards and from the end',
    (b, x) =>
      b.op('Slice', [
        mapped(b, x),
        b.integers([0, -1]),
        b.integers([100, -100]),
        b.integers([1, 3]),
        b.integers([2, -1]),
      ]),
  ],
  [
    'Slice before opset 10',
    (b, x) => b.op('Slice', [x], { starts: [1, -4], ends: [3, 2_147_483_647], axes: [1, 2] }),
    9,
  ],
  ['Split evenly, of the picture and of a map', (b, x) => [...b.split([x], 3, 1), ...b.split([mapped(b, x)], 2, 1)]],
  ['Split by sizes', (b, x) => b.split([mapped(b, x), b.integers([2, 4, 5])], 3, -1)],
  [
    'Squeeze and Unsqueeze',
    (b, x) =>
      b.op('Squeeze', [
        b.op('Unsqueeze', [b.op('GlobalAveragePool', [mapped(b, x)]), b.integers([0, -1])]),
        b.integers([0, 3, 4]),
      ]),
  ],
  ['Squeeze before opset 13', (b, x) => b.op('Squeeze', [b.op('GlobalAveragePool', [x])], { axes: [2, 3] }), 11],
  ['Transpose of a map', (b, x) => b.op('Transpose', [mapped(b, x)], { perm: [2, 0, 3, 1] })],
  ...QUANTISATION_CASES,
];

describe('an operation of an ONNX graph on TensorFlow.js gives what ONNX Runtime gives', () => {
  it.each(CASES)('%s', async (_name, build, opset = 17) => {
    for (const [mine, theirs] of await bothAnswer(build, opset, SHAPE)) {
      expect(mine.dims).toEqual(theirs.dims);
      expect(relativeError(mine.data, theirs.data)).toBeLessThan(2e-6);
    }
  });

  it('every one of the table is tried', () => {
    const tried = new Set<string>();
    class Recorder extends OnnxBuilder {
      override op(...call: Parameters<OnnxBuilder['op']>): string {
        tried.add(call[0]);
        return super.op(...call);
      }
    }
    const recorder = new Recorder();
    recorder.split = (_input, count) => (tried.add('Split'), Array.from({ length: count }, () => 'part'));
    for (const [, build] of CASES) build(recorder, 'x');
    expect(Object.keys(OPERATIONS).filter((name) => !tried.has(name))).toEqual([]);
  });
});
