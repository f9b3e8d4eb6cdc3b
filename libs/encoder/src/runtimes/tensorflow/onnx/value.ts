import type { Rank, Tensor, Tensor4D } from '@tensorflow/tfjs-core';
import type { TensorflowLibrary } from '../tensorflow-library.js';

export type Core = TensorflowLibrary['core'];

/**
 * A tensor of an ONNX graph. ONNX puts the channels of a feature map before its rows, TensorFlow.js computes with the
 * channels last: a map stays turned from one convolution to the next, and is turned back where an operation asks for its axes.
 */
export type Value = {
  readonly tensor: Tensor;
  /** Four axes in the order batch, rows, columns, channels instead of ONNX' batch, channels, rows, columns. */
  readonly channelsLast: boolean;
};

/** Where each axis of ONNX lies in a turned tensor. */
const TURNED_AXIS = [0, 3, 1, 2] as const;

export const plain = (tensor: Tensor): Value => ({ tensor, channelsLast: false });
export const turned = (tensor: Tensor): Value => ({ tensor, channelsLast: true });

/** The tensor with its axes in ONNX' order. */
export function toPlain(core: Core, { tensor, channelsLast }: Value): Tensor {
  if (!channelsLast) return tensor;
  const [batch = 0, rows = 0, columns = 0, channels = 0] = tensor.shape;
  // Nothing has to move where there is one place or one channel.
  if (rows * columns === 1 || channels === 1) return core.reshape(tensor, [batch, channels, rows, columns]);
  return core.transpose(tensor, [0, 3, 1, 2]);
}

/** The tensor with its channels last; shorter shapes get axes of length one in front, as broadcasting would give them. */
export function toTurned(core: Core, { tensor, channelsLast }: Value): Tensor4D {
  if (channelsLast) return tensor as Tensor4D;
  const shape = [...Array<number>(4 - tensor.rank).fill(1), ...tensor.shape];
  const [batch = 0, channels = 0, rows = 0, columns = 0] = shape;
  if (rows * columns === 1 || channels === 1) return core.reshape(tensor, [batch, rows, columns, channels]);
  return core.transpose(core.reshape<Rank.R4>(tensor, [batch, channels, rows, columns]), [0, 2, 3, 1]);
}

/** The shape as ONNX counts axes. */
export function shapeOf({ tensor, channelsLast }: Value): number[] {
  const { shape } = tensor;
  return channelsLast ? [0, 3, 1, 2].map((axis) => shape[axis] ?? 0) : [...shape];
}

/** An axis as ONNX counts it, which may be from the end, as the tensor at hand counts. */
export function axisOf({ tensor, channelsLast }: Value, axis: number): number {
  const counted = axis < 0 ? axis + tensor.rank : axis;
  return channelsLast ? (TURNED_AXIS[counted] ?? counted) : counted;
}

/** Two or more values in one order of axes, fit to be broadcast against each other. */
export function aligned(core: Core, values: readonly Value[]): { tensors: Tensor[]; channelsLast: boolean } {
  const channelsLast = values.some((value) => value.channelsLast) && values.every(({ tensor }) => tensor.rank <= 4);
  const tensors = values.map((value) => {
    if (!channelsLast) return toPlain(core, value);
    return value.tensor.size === 1 && value.tensor.rank < 4 ? value.tensor : toTurned(core, value);
  });
  return { tensors, channelsLast };
}
