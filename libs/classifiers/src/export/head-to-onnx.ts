import type { HeadDocument } from '../scoring/head-document.js';
import { unpack64 } from '../scoring/pack.js';
import { ATTRIBUTE, encodeModel, type OnnxNode, type OnnxTensor } from './onnx-proto.js';

/** Where an exported model's metadata holds its head, as JSON, to be imported again. */
export const HEAD_KEY = 'likeness_head';

/**
 * A head as an ONNX model: `features` (n × dimension, float32, raw vectors of the taps one after the other) →
 * `scores` (n × categories, calibrated probabilities). Categories, taps and the encoder's fingerprint are in its
 * metadata, and so is the whole head, for `headOfOnnx`. Computed in float32, so scores differ from ours by some 1e-6.
 */
export function headToOnnx(head: HeadDocument): Buffer {
  const dimension = head.taps.reduce((sum, tap) => sum + tap.dimension, 0);
  const nodes: OnnxNode[] = [];
  const tensors: OnnxTensor[] = [];
  const tensor = (name: string, dims: readonly number[], values: Float64Array | readonly number[]): string => {
    tensors.push({ name, dims, values: Float32Array.from(values) });
    return name;
  };
  let at = 'features';
  const then = (op_type: string, output: string, more: readonly string[] = [], attribute?: OnnxNode['attribute']) => {
    nodes.push({ op_type, input: [at, ...more], output: [output], ...(attribute && { attribute }) });
    at = output;
  };
  then('Sub', 'centred', [tensor('mean', [dimension], unpack64(head.standardiser.mean))]);
  then('Mul', 'standardised', [tensor('scale', [dimension], unpack64(head.standardiser.scale))]);
  head.layers.forEach(({ inputs, outputs, weights, bias }, layer) => {
    const parameters = [
      tensor(`weights_${layer}`, [outputs, inputs], unpack64(weights)),
      tensor(`bias_${layer}`, [outputs], unpack64(bias)),
    ];
    then('Gemm', `layer_${layer}`, parameters, [{ name: 'transB', type: ATTRIBUTE.int, i: 1 }]);
    if (layer < head.layers.length - 1) then('Relu', `hidden_${layer}`);
  });
  if (head.calibration.kind === 'temperature') {
    then('Mul', 'calibrated', [tensor('slope', [1], [head.calibration.slope])]);
    then('Softmax', 'scores', [], [{ name: 'axis', type: ATTRIBUTE.int, i: 1 }]);
  } else {
    const { slopes, offsets } = head.calibration;
    then('Mul', 'sloped', [tensor('slopes', [slopes.length], slopes)]);
    then('Add', 'calibrated', [tensor('offsets', [offsets.length], offsets)]);
    then('Sigmoid', 'scores');
  }
  return encodeModel({
    name: `likeness-head-${head.kind}`,
    nodes,
    tensors,
    input: { name: 'features', width: dimension },
    output: { name: 'scores', width: head.categories.length },
    metadata: {
      categories: JSON.stringify(head.categories.map(({ name }) => name)),
      taps: JSON.stringify(head.taps),
      encoder_fingerprint: head.encoderFingerprint,
      thresholds: JSON.stringify(head.thresholds),
      [HEAD_KEY]: JSON.stringify(head),
    },
  });
}
