import type { Tensor } from '@tensorflow/tfjs-core';
import {
  batchNormalization,
  clip,
  each,
  gelu,
  hardSigmoid,
  hardSwish,
  localResponseNormalization,
  pair,
  several,
} from './elementwise.js';
import { gemm, layerNormalization, logSoftmax, matMul, reduce, softmax } from './linear.js';
import type { Operation } from './operation.js';
import { dequantizeLinear, quantizeLinear } from './quantisation.js';
import { qLinearAdd, qLinearConv } from './quantised-layers.js';
import { resize } from './resize.js';
import * as shapes from './shapes.js';
import { averagePool, conv, globalAveragePool, globalMaxPool, maxPool } from './windows.js';

/**
 * ONNX' operations by their names, computed by those of TensorFlow.js: what convolutional networks, and transformers for
 * pictures, are made of. Source of their meaning: the operator specification of ONNX 1.16.
 */
export const OPERATIONS: Readonly<Record<string, Operation>> = {
  // Feature maps
  Conv: conv,
  MaxPool: maxPool,
  AveragePool: averagePool,
  GlobalAveragePool: globalAveragePool,
  GlobalMaxPool: globalMaxPool,
  BatchNormalization: batchNormalization,
  LRN: localResponseNormalization,
  Resize: resize,

  // Linear layers, and over axes
  Gemm: gemm,
  MatMul: matMul,
  LayerNormalization: layerNormalization,
  Softmax: softmax,
  LogSoftmax: logSoftmax,
  ReduceMean: reduce((core, x, axes) => core.mean(x, axes, true)),
  ReduceSum: reduce((core, x, axes) => core.sum(x, axes, true)),
  ReduceMax: reduce((core, x, axes) => core.max(x, axes, true)),
  ReduceL2: reduce((core, x, axes) => core.sqrt(core.sum(core.square(x), axes, true))),

  // Activations
  Relu: each((core, x) => core.relu(x)),
  LeakyRelu: each((core, x, { attributes }) => core.leakyRelu(x, attributes.float('alpha', 0.01))),
  // Not core.prelu, which takes no slopes that have to be broadcast on WebAssembly.
  PRelu: pair((core, x, slope) => core.sub(core.relu(x), core.mul(slope, core.relu(core.neg(x))))),
  Elu: each((core, x) => core.elu(x)),
  Clip: clip,
  Sigmoid: each((core, x) => core.sigmoid(x)),
  HardSigmoid: hardSigmoid,
  HardSwish: hardSwish,
  Gelu: gelu,
  Softplus: each((core, x) => core.softplus(x)),
  Tanh: each((core, x) => core.tanh(x)),

  // Arithmetic
  Add: pair((core, a, b) => core.add(a, b)),
  Sub: pair((core, a, b) => core.sub(a, b)),
  Mul: pair((core, a, b) => core.mul(a, b)),
  Div: pair((core, a, b) => core.div(a, b)),
  Pow: pair((core, a, b) => core.pow(a, core.cast(b, a.dtype))),
  Sum: several((core, a, b) => core.add(a, b)),
  Max: several((core, a, b) => core.maximum(a, b)),
  Min: several((core, a, b) => core.minimum(a, b)),
  Abs: each((core, x) => core.abs(x)),
  Neg: each((core, x) => core.neg(x)),
  Exp: each((core, x) => core.exp(x)),
  Log: each((core, x) => core.log(x)),
  Sqrt: each((core, x) => core.sqrt(x)),
  Erf: each((core, x) => core.erf(x)),
  Floor: each((core, x) => core.floor(x)),
  Ceil: each((core, x) => core.ceil(x)),
  Reciprocal: each((core, x) => core.div<Tensor>(1, x)),
  Equal: pair((core, a, b) => core.equal(a, b)),
  Where: shapes.where,

  // Between numbers and codes of eight bits, and of codes
  QuantizeLinear: quantizeLinear,
  DequantizeLinear: dequantizeLinear,
  QLinearConv: qLinearConv,
  QLinearAdd: qLinearAdd,

  // Shapes
  Cast: shapes.cast,
  Concat: shapes.concat,
  ConstantOfShape: shapes.constantOfShape,
  Dropout: each((core, x) => core.clone(x)),
  Expand: shapes.expand,
  Flatten: shapes.flatten,
  Gather: shapes.gather,
  Identity: each((core, x) => core.clone(x)),
  Pad: shapes.pad,
  Range: shapes.range,
  Reshape: shapes.reshape,
  Shape: shapes.shape,
  Slice: shapes.slice,
  Split: shapes.split,
  Squeeze: shapes.squeeze,
  Transpose: shapes.transpose,
  Unsqueeze: shapes.unsqueeze,
};

/** Those of the table that are not ONNX' own but ONNX Runtime's (domain `com.microsoft`). */
export const OF_ONNX_RUNTIME: ReadonlySet<string> = new Set(['QLinearAdd']);
