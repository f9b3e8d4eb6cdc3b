import type { OnnxBuilder } from '../../../../import/__fixtures__/onnx-builder.js';

/** Adds operations to a graph and answers its outputs. */
export type Build = (b: OnnxBuilder, x: string) => string | string[];

/** What is tried, the graph that does, and its opset. */
export type Case = [string, Build, number?];

export const square = (side: number) => ({ kernel_shape: [side, side] });
/** A feature map with its channels last, as TensorFlow.js has it after a convolution. */
export const mapped = (b: OnnxBuilder, x: string) => b.conv(x, 6, 6, 3);
