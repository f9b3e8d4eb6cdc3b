import type { AttrValue } from './saved-model-schema.js';

const NHWC = { data_format: { s: Buffer.from('NHWC') } };
const WINDOW = { ...NHWC, dilations: { list: { i: ['1', '1', '1', '1'] } } };
const NORM = { ...NHWC, epsilon: { f: 1e-4 } };

/**
 * Attributes that TensorFlow leaves out of a SavedModel where they have their default, and that TensorFlow.js wants said. Source:
 * TensorFlow's operation definitions (nn_ops.cc).
 */
const DEFAULTS: Readonly<Record<string, Readonly<Record<string, AttrValue>>>> = {
  Conv2D: WINDOW,
  DepthwiseConv2dNative: WINDOW,
  MaxPool: NHWC,
  AvgPool: NHWC,
  BiasAdd: NHWC,
  FusedBatchNorm: NORM,
  FusedBatchNormV2: NORM,
  FusedBatchNormV3: NORM,
  LeakyRelu: { alpha: { f: 0.2 } },
  LRN: { depth_radius: { i: '5' }, bias: { f: 1 }, alpha: { f: 1 }, beta: { f: 0.5 } },
};

/** An operation's attributes with those that go without saying. */
export function withDefaults(op: string, attr: Readonly<Record<string, AttrValue>>): Record<string, AttrValue> {
  return { ...DEFAULTS[op], ...attr };
}
