import type { Tensor, Tensor4D } from '@tensorflow/tfjs-core';
import { type Call, inputOf, type Operation, uncovered } from './operation.js';
import { type Core, toPlain, toTurned, turned } from './value.js';

/** What moves over a feature map: along rows, then along columns. */
interface Window {
  readonly kernel: readonly [number, number];
  readonly strides: [number, number];
  readonly dilations: [number, number];
  /** Rows and columns added before and after. */
  readonly before: readonly [number, number];
  readonly after: readonly [number, number];
}

/** Lower than every float32, but no infinity that would turn into NaN. */
const LOWEST = -3.4028234e38;

export const conv: Operation = (call) =>
  turned(
    convolve(call, toTurned(call.core, inputOf(call, 0)), { weights: 1, bias: 2 }, (index) =>
      toPlain(call.core, inputOf(call, index)),
    ),
  );

/**
 * Convolution: of all channels, of groups of them, or of each on its own (depthwise).
 *
 * @param inputs where the call has weights and bias
 * @param read weights, [outputs, channels of a group, rows, columns], or the bias, as they are to be computed with
 */
export function convolve(
  call: Call,
  x: Tensor4D,
  inputs: { readonly weights: number; readonly bias: number },
  read: (index: number) => Tensor,
): Tensor4D {
  const { core, attributes } = call;
  const [outputs = 0, perGroup = 0, rows, columns] = inputOf(call, inputs.weights).tensor.shape;
  if (rows === undefined || columns === undefined) throw uncovered(call, 'other than two axes of place');
  const groups = attributes.int('group', 1);
  const window = windowOf(call, x, [rows, columns]);
  const { strides, dilations } = window;
  if (Math.max(...strides) > 1 && Math.max(...dilations) > 1) throw uncovered(call, 'strides and dilations at once');
  const bias = call.inputs[inputs.bias] && call.kept([inputs.bias], () => core.clone(read(inputs.bias)));
  const pad = explicit(window);
  const alone = groups === x.shape[3] && perGroup === 1;
  if (groups === 1 || alone) {
    // Its type leaves explicit borders out; TensorFlow.js' own graph models give them to it too.
    const shape = { x, strides, pad: pad as 'valid', dilations, ...(bias && { bias }) };
    // [outputs, inputs, rows, columns] to [rows, columns, inputs, outputs], or of depthwise ones to [rows, columns, channels, outputs of each].
    const filter = call.kept([inputs.weights], () => {
      const wanted = core.transpose(read(inputs.weights), [2, 3, 1, 0]);
      return alone && groups > 1 ? core.reshape(wanted, [rows, columns, groups, outputs / groups]) : wanted;
    }) as Tensor4D;
    return alone && groups > 1
      ? core.fused.depthwiseConv2d({ ...shape, filter })
      : core.fused.conv2d({ ...shape, filter });
  }
  const filters = call.kept([inputs.weights], () => core.transpose(read(inputs.weights), [2, 3, 1, 0])) as Tensor4D;
  const ofInput = core.split(x, groups, 3) as Tensor4D[];
  const ofFilters = core.split(filters, groups, 3);
  const parts = ofInput.map((part, group) =>
    core.conv2d<Tensor4D>(part, ofFilters[group] as Tensor4D, strides, pad, 'NHWC', dilations),
  );
  const all = core.concat(parts, 3);
  return bias ? core.add(all, bias) : all;
}

export const maxPool: Operation = (call) => {
  const { x, window } = pooled(call);
  if (Math.max(...window.dilations) > 1) throw uncovered(call, 'dilations');
  const padded = padWith(call, x, window, LOWEST);
  return turned(call.core.maxPool(padded, [...window.kernel], window.strides, 'valid'));
};

export const averagePool: Operation = (call) => {
  const { core, attributes } = call;
  const { x, window } = pooled(call);
  if (Math.max(...window.dilations) > 1) throw uncovered(call, 'dilations');
  const average = (of: Tensor4D) =>
    core.avgPool(padWith(call, of, window, 0), [...window.kernel], window.strides, 'valid');
  const sums = average(x);
  if (!hasBorder(window)) return turned(sums);
  if (attributes.int('count_include_pad', 0) === 1) {
    if (attributes.int('ceil_mode', 0) === 0) return turned(sums);
    // What rounding up adds never counts, what the border adds does.
    if (Math.max(0, ...(attributes.ints('pads') ?? [])) > 0)
      throw uncovered(call, 'count_include_pad and ceil_mode at once');
  }
  // The border counts for nothing: divide by the share of each window that lies within the map.
  const share = average(core.ones<never>([1, ...x.shape.slice(1, 3), 1] as never));
  return turned(core.div(sums, share));
};

export const globalAveragePool = overPlaces((core, x) => core.mean(x, [1, 2], true));
export const globalMaxPool = overPlaces((core, x) => core.max(x, [1, 2], true));

function overPlaces(compute: (core: Core, x: Tensor4D) => Tensor): Operation {
  return (call) => turned(compute(call.core, toTurned(call.core, inputOf(call, 0))));
}

function pooled(call: Call): { x: Tensor4D; window: Window } {
  const [rows, columns, further] = call.attributes.ints('kernel_shape') ?? [];
  if (rows === undefined || columns === undefined || further !== undefined)
    throw uncovered(call, 'other than two axes of place');
  const x = toTurned(call.core, inputOf(call, 0));
  return { x, window: windowOf(call, x, [rows, columns]) };
}

function windowOf({ attributes }: Call, x: Tensor4D, kernel: readonly [number, number]): Window {
  const pair = (name: string): [number, number] => {
    const [first = 1, second = 1] = attributes.ints(name) ?? [];
    return [first, second];
  };
  const [strides, dilations] = [pair('strides'), pair('dilations')];
  const [top = 0, left = 0, bottom = 0, right = 0] = attributes.ints('pads') ?? [];
  const auto = attributes.text('auto_pad', 'NOTSET');
  const sides = [x.shape[1], x.shape[2]] as const;
  const reach = (axis: 0 | 1) => (kernel[axis] - 1) * dilations[axis] + 1;
  if (auto.startsWith('SAME')) {
    const total = (axis: 0 | 1) =>
      Math.max(0, (Math.ceil(sides[axis] / strides[axis]) - 1) * strides[axis] + reach(axis) - sides[axis]);
    const less = ([0, 1] as const).map((axis) => Math.floor(total(axis) / 2));
    const more = ([0, 1] as const).map((axis) => Math.ceil(total(axis) / 2));
    const [before, after] = (auto === 'SAME_UPPER' ? [less, more] : [more, less]) as [
      [number, number],
      [number, number],
    ];
    return { kernel, strides, dilations, before, after };
  }
  const [before, after]: [[number, number], [number, number]] =
    auto === 'VALID'
      ? [
          [0, 0],
          [0, 0],
        ]
      : [
          [top, left],
          [bottom, right],
        ];
  if (attributes.int('ceil_mode', 0) === 1) {
    for (const axis of [0, 1] as const) {
      const steps = (sides[axis] + before[axis] + after[axis] - reach(axis)) / strides[axis];
      // A last window has to begin within the map or the border before it.
      const last = Math.ceil(steps) * strides[axis] < sides[axis] + before[axis] ? Math.ceil(steps) : Math.floor(steps);
      after[axis] += Math.max(0, last * strides[axis] + reach(axis) - sides[axis] - before[axis] - after[axis]);
    }
  }
  return { kernel, strides, dilations, before, after };
}

const hasBorder = ({ before, after }: Window) => Math.max(...before, ...after) > 0;

function explicit(window: Window): 'valid' | [[number, number], [number, number], [number, number], [number, number]] {
  if (!hasBorder(window)) return 'valid';
  const { before, after } = window;
  return [
    [0, 0],
    [before[0], after[0]],
    [before[1], after[1]],
    [0, 0],
  ];
}

function padWith({ core }: Call, x: Tensor4D, window: Window, value: number): Tensor4D {
  const pad = explicit(window);
  return pad === 'valid' ? x : (core.pad(x as Tensor, pad as [number, number][], value) as Tensor4D);
}
