import type { Tensor } from '@tensorflow/tfjs-core';
import { type Call, inputOf, type Operation } from './operation.js';
import { aligned, type Core, plain, toPlain, toTurned, turned, type Value } from './value.js';

/** The same for every number, so that the order of axes does not matter. */
export const each =
  (compute: (core: Core, x: Tensor, call: Call) => Tensor): Operation =>
  (call) => {
    const { tensor, channelsLast } = inputOf(call, 0);
    return { tensor: compute(call.core, tensor, call), channelsLast };
  };

/** Of two tensors, broadcast against each other. */
export const pair =
  (compute: (core: Core, a: Tensor, b: Tensor) => Tensor): Operation =>
  (call) =>
    combine(call, [inputOf(call, 0), inputOf(call, 1)], compute);

/** Of any number of tensors, one after the other. */
export const several =
  (compute: (core: Core, a: Tensor, b: Tensor) => Tensor): Operation =>
  (call) => {
    const [first, ...others] = call.inputs.map((_, i) => inputOf(call, i));
    return others.reduce<Value>((sum, next) => combine(call, [sum, next], compute), first ?? inputOf(call, 0));
  };

function combine({ core }: Call, [a, b]: [Value, Value], compute: (core: Core, a: Tensor, b: Tensor) => Tensor): Value {
  const { tensors, channelsLast } = aligned(core, [a, b]);
  const [first, second] = tensors as [Tensor, Tensor];
  const tensor = compute(core, first, second);
  return channelsLast ? turned(tensor) : plain(tensor);
}

/** Numbers kept within bounds; either may be left out. In early opsets they are attributes. */
export const clip: Operation = (call) => {
  const { attributes, opset } = call;
  const bound = (index: number, name: string, otherwise: number) =>
    (opset < 11 ? attributes.float(name, otherwise) : call.numbers(index)?.[0]) ?? otherwise;
  const [least, most] = [bound(1, 'min', -3.4028235e38), bound(2, 'max', 3.4028235e38)];
  return each((core, x) => core.clipByValue(x, least, most))(call);
};

/** max(0, min(1, alpha · x + beta)) */
export const hardSigmoid: Operation = (call) => {
  const [alpha, beta] = [call.attributes.float('alpha', 0.2), call.attributes.float('beta', 0.5)];
  return each((core, x) => gate(core, x, alpha, beta))(call);
};

/** x · max(0, min(1, x / 6 + 1 / 2)) */
export const hardSwish = each((core, x) => core.mul(x, gate(core, x, 1 / 6, 0.5)));

const gate = (core: Core, x: Tensor, alpha: number, beta: number) =>
  core.clipByValue(core.add(core.mul(x, alpha), beta), 0, 1);

/** x · Φ(x), exactly or by the usual approximation with tanh. */
export const gelu: Operation = (call) => {
  const approximated = call.attributes.text('approximate', 'none') === 'tanh';
  return each((core, x) => {
    const bent = approximated
      ? core.tanh(core.mul(core.add(x, core.mul(core.pow(x, 3), 0.044715)), Math.sqrt(2 / Math.PI)))
      : core.erf(core.mul(x, Math.SQRT1_2));
    return core.mul(core.mul(x, core.add(bent, 1)), 0.5);
  })(call);
};

/** (x − mean) / √(variance + ε) · scale + shift for each channel, gathered into one factor and one shift. */
export const batchNormalization: Operation = (call) => {
  const { core, attributes } = call;
  const x = inputOf(call, 0);
  const of = (index: number) => toPlain(core, inputOf(call, index));
  const folded = call.kept([1, 2, 3, 4], () => {
    const factor = core.div(of(1), core.sqrt(core.add(of(4), attributes.float('epsilon', 1e-5))));
    return core.stack([factor, core.sub(of(2), core.mul(of(3), factor))]);
  });
  const [factor, shift] = core.unstack(folded) as [Tensor, Tensor];
  const shape = x.channelsLast || x.tensor.rank < 3 ? [-1] : [-1, ...Array<number>(x.tensor.rank - 2).fill(1)];
  return { ...x, tensor: core.add(core.mul(x.tensor, core.reshape(factor, shape)), core.reshape(shift, shape)) };
};

/** Over neighbouring channels. ONNX divides alpha by the number of neighbours, TensorFlow does not. */
export const localResponseNormalization: Operation = (call) => {
  const { core, attributes } = call;
  const size = attributes.int('size', 1);
  const x = toTurned(core, inputOf(call, 0));
  const alpha = attributes.float('alpha', 1e-4) / size;
  const radius = (size - 1) / 2;
  return turned(
    core.localResponseNormalization(x, radius, attributes.float('bias', 1), alpha, attributes.float('beta', 0.75)),
  );
};
