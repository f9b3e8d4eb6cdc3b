import type { Tensor } from '@tensorflow/tfjs-core';
import { type Call, inputOf, type Operation, uncovered } from './operation.js';
import { axisOf, type Core, plain, toPlain } from './value.js';

/** alpha · A · B + beta · C, either factor turned where the attributes say so. */
export const gemm: Operation = (call) => {
  const { core, attributes } = call;
  const [a, b] = [toPlain(core, inputOf(call, 0)), toPlain(core, inputOf(call, 1))];
  const [alpha, beta] = [attributes.float('alpha', 1), attributes.float('beta', 1)];
  const product = core.matMul(a, b, attributes.int('transA', 0) === 1, attributes.int('transB', 0) === 1);
  const scaled = alpha === 1 ? product : core.mul(product, alpha);
  const c = call.inputs[2] && toPlain(core, call.inputs[2]);
  return plain(c ? core.add(scaled, beta === 1 ? c : core.mul(c, beta)) : scaled);
};

/** Products of matrices in the last two axes, the others broadcast. */
export const matMul: Operation = (call) => {
  const { core } = call;
  const [a, b] = [toPlain(core, inputOf(call, 0)), toPlain(core, inputOf(call, 1))];
  if (a.rank < 2 || b.rank < 2) throw uncovered(call, 'a vector as a factor');
  if (b.rank > 2 || a.rank === 2) return plain(core.matMul(a, b));
  // One matrix for all: a single product.
  const rows = core.reshape(a, [-1, a.shape.at(-1) ?? 0]);
  return plain(core.reshape(core.matMul(rows, b), [...a.shape.slice(0, -1), b.shape[1] ?? 0]));
};

/** Over the last axes from `axis` on. */
export const layerNormalization: Operation = (call) => {
  const { core, attributes } = call;
  const x = toPlain(core, inputOf(call, 0));
  const first = (attributes.int('axis', -1) + x.rank) % x.rank;
  const axes = Array.from({ length: x.rank - first }, (_, i) => first + i);
  const centred = core.sub(x, core.mean(x, axes, true));
  const variance = core.mean(core.square(centred), axes, true);
  const normed = core.div(centred, core.sqrt(core.add(variance, attributes.float('epsilon', 1e-5))));
  const scaled = core.mul(normed, toPlain(core, inputOf(call, 1)));
  return plain(call.inputs[2] ? core.add(scaled, toPlain(core, call.inputs[2])) : scaled);
};

export const softmax: Operation = (call) => overAxis(call, (core, rows) => core.softmax(rows, -1));
export const logSoftmax: Operation = (call) => overAxis(call, (core, rows) => core.logSoftmax(rows, -1));

/** Along one axis; before opset 13 along all from that one on, as if they were one. */
function overAxis(call: Call, compute: (core: Core, rows: Tensor) => Tensor): ReturnType<Operation> {
  const { core, attributes, opset } = call;
  const x = toPlain(core, inputOf(call, 0));
  const axis = (attributes.int('axis', opset < 13 ? 1 : -1) + x.rank) % x.rank;
  if (opset < 13) {
    const length = x.shape.slice(axis).reduce((product, side) => product * side, 1);
    return plain(core.reshape(compute(core, core.reshape(x, [-1, length])), x.shape));
  }
  const order = [...Array(x.rank).keys()].filter((one) => one !== axis);
  const last = [...order, axis];
  const back = last.map((_, place) => last.indexOf(place));
  return plain(core.transpose(compute(core, core.transpose(x, last)), back));
}

/** Reductions over axes; they were an attribute first and are an input since opset 13 or 18, by operation. */
export const reduce =
  (compute: (core: Core, x: Tensor, axes: number[]) => Tensor): Operation =>
  (call) => {
    const { attributes, core } = call;
    const x = inputOf(call, 0);
    const said = attributes.ints('axes') ?? call.numbers(1);
    if (!said?.length && attributes.int('noop_with_empty_axes', 0) === 1) return { ...x, tensor: x.tensor.clone() };
    const axes = said?.length ? said : [...Array(x.tensor.rank).keys()];
    const tensor = compute(
      core,
      x.tensor,
      axes.map((axis) => axisOf(x, axis)),
    );
    if (attributes.int('keepdims', 1) === 1) return { ...x, tensor };
    const counted = axes.map((axis) => (axis < 0 ? axis + tensor.rank : axis));
    const reduced = toPlain(core, { ...x, tensor });
    return plain(
      core.reshape(
        reduced,
        reduced.shape.filter((_, axis) => !counted.includes(axis)),
      ),
    );
  };
