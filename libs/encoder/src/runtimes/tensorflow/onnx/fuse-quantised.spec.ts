import { describe, expect, it } from 'vitest';
import { OnnxBuilder } from '../../../import/__fixtures__/onnx-builder.js';
import { readOnnx } from '../../../import/onnx/onnx-model.js';
import { ELEMENT } from '../../../import/onnx/onnx-schema.js';
import { fuseQuantised } from './fuse-quantised.js';

type Build = (b: OnnxBuilder, x: string) => string | string[];

/** What stands where the last QuantizeLinear stood. */
function lastLayer(build: Build) {
  const b = new OnnxBuilder('int8');
  const x = b.quantised(b.input('x', ['N', 4, 8, 8], ELEMENT.float32));
  const { graph } = readOnnx(b.bytes([build(b, x)].flat(), 13), 'graph.onnx');
  const at = graph.node.map(({ opType }) => opType).lastIndexOf('QuantizeLinear');
  const before = graph.node[at];
  const after = fuseQuantised(graph.node, graph, new Map(), [])[at];
  expect(after?.output).toEqual(before?.output);
  return { before, after };
}

const steps = (b: OnnxBuilder, values: readonly number[]) =>
  b.initializer({ dims: [values.length], dataType: ELEMENT.float32, floatData: values });
const dequantised = (b: OnnxBuilder, code: string, step: string, zero: string, axis = 0) =>
  b.op('DequantizeLinear', [code, step, zero], { axis });
/** Of four outputs and four inputs. */
const weights = (b: OnnxBuilder, zero = 0, axis = 0) =>
  dequantised(
    b,
    b.whole('int8', [...Array(16).keys()], [4, 4, 1, 1]),
    steps(b, [0.1, 0.2, 0.3, 0.4]),
    b.whole('int8', [0, 0, zero, 0]),
    axis,
  );
const bias = (b: OnnxBuilder, step: number) =>
  dequantised(
    b,
    b.whole('int32', [1, 2, 3, 4]),
    steps(
      b,
      [0.1, 0.2, 0.3, 0.4].map((scale) => scale * step),
    ),
    b.whole('int32', [0, 0, 0, 0]),
  );
const clipped = (b: OnnxBuilder, x: string, least: number, most: number) =>
  b.op('Clip', [x, b.constant([], least), b.constant([], most)]);
const kernel = { kernel_shape: [1, 1] };

describe('what ONNX Runtime computes in whole numbers', () => {
  it.each<[string, string, Build]>([
    ['a convolution', 'QLinearConv', (b, x) => b.quantised(b.conv(x, 4, 4, 3))],
    ['a convolution without a bias', 'QLinearConv', (b, x) => b.quantised(b.op('Conv', [x, weights(b)], kernel))],
    ['with a bias', 'QLinearConv', (b, x) => b.quantised(b.op('Conv', [x, weights(b), bias(b, 0.04)], kernel))],
    ['with Relu, codes from zero', 'QLinearConv', (b, x) => b.quantised(b.relu(b.conv(x, 4, 4, 3)), 0.04, 0)],
    ['with Clip of what codes hold', 'QLinearConv', (b, x) => b.quantised(clipped(b, b.conv(x, 4, 4, 3), -5, 6))],
    ['with Relu and Clip', 'QLinearConv', (b, x) => b.quantised(clipped(b, b.relu(b.conv(x, 4, 4, 3)), 0, 6), 0.02, 0)],
    ['a sum', 'QLinearAdd', (b, x) => b.quantised(b.op('Add', [x, b.quantised(x, 0.1, 3)]))],
    ['a sum with Relu', 'QLinearAdd', (b, x) => b.quantised(b.relu(b.op('Add', [x, b.quantised(x)])), 0.04, 0)],
  ])('%s', (_what, opType, build) => {
    expect(lastLayer(build).after?.opType).toBe(opType);
  });

  it('takes codes, steps and zero points, and the attributes of the layer', () => {
    const { after } = lastLayer((b, x) => b.quantised(b.op('Conv', [x, weights(b), bias(b, 0.04)], kernel)));
    expect(after?.input).toHaveLength(9);
    expect(new Set(after?.input).size).toBe(9);
    expect(after?.attribute.map(({ name }) => name)).toEqual(['kernel_shape']);
  });
});

describe('what ONNX Runtime leaves as it is', () => {
  it.each<[string, Build]>([
    ['Relu before codes that begin below', (b, x) => b.quantised(b.relu(b.conv(x, 4, 4, 3)))],
    ['Clip to less than codes hold', (b, x) => b.quantised(clipped(b, b.conv(x, 4, 4, 3), 0, 6), 0.04, 0)],
    ['Clip to computed bounds', (b, x) => b.quantised(b.op('Clip', [b.conv(x, 4, 4, 3), b.relu(b.constant([], 0))]))],
    [
      'a convolution that another operation reads',
      (b, x) => {
        const y = b.conv(x, 4, 4, 3);
        return [b.quantised(y), b.relu(y)];
      },
    ],
    [
      'a convolution that is an output',
      (b, x) => {
        const y = b.conv(x, 4, 4, 3);
        return [b.quantised(y), y];
      },
    ],
    ['weights that are not around zero', (b, x) => b.quantised(b.op('Conv', [x, weights(b, 3)], kernel))],
    ['weights with a step for each input', (b, x) => b.quantised(b.op('Conv', [x, weights(b, 0, 1)], kernel))],
    ['a bias in other steps', (b, x) => b.quantised(b.op('Conv', [x, weights(b), bias(b, 0.05)], kernel))],
    ['a bias in float32', (b, x) => b.quantised(b.op('Conv', [x, weights(b), b.constant([4])], kernel))],
    [
      'a step for each channel',
      (b, x) => {
        const grid = [steps(b, [1, 2, 3, 4]), b.whole('uint8', [0, 0, 0, 0])];
        const y = b.op('DequantizeLinear', [b.op('QuantizeLinear', [b.relu(x), ...grid]), ...grid]);
        return b.quantised(b.op('Conv', [y, weights(b)], kernel));
      },
    ],
    [
      'codes of another type',
      (b, x) => b.op('QuantizeLinear', [b.conv(x, 4, 4, 3), b.constant([], 0.04), b.whole('int8', [0], [])]),
    ],
    ['a sum with a number', (b, x) => b.quantised(b.op('Add', [x, b.constant([], 1)]))],
  ])('%s', (_what, build) => {
    const { before, after } = lastLayer(build);
    expect(after).toBe(before);
  });

  it('a convolution that is asked for', () => {
    const b = new OnnxBuilder('int8');
    const y = b.conv(b.quantised(b.input('x', ['N', 4, 8, 8], ELEMENT.float32)), 4, 4, 3);
    const { graph } = readOnnx(b.bytes([b.quantised(y)], 13), 'graph.onnx');
    expect(fuseQuantised(graph.node, graph, new Map(), [y])).toEqual(graph.node);
    expect(fuseQuantised(graph.node, graph, new Map(), [])).not.toEqual(graph.node);
  });
});
