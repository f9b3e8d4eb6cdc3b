import type { NamedTensorMap, Tensor } from '@tensorflow/tfjs-core';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { DomainError } from '#libs/errors';
import { type OnnxNode, readOnnx, toNumber } from '../../../import/onnx/onnx-model.js';
import type { Network } from '../network.js';
import type { TensorflowLibrary } from '../tensorflow-library.js';
import { Attributes } from './attributes.js';
import { Constants } from './constants.js';
import { elementTypes } from './element-types.js';
import { fuseQuantised } from './fuse-quantised.js';
import type { Call } from './operation.js';
import { OF_ONNX_RUNTIME, OPERATIONS } from './operations.js';
import { makeTensor, readOutside } from './tensor-data.js';
import { type Core, plain, toPlain, type Value } from './value.js';

/** A node that depends on the picture. */
interface Step {
  readonly opType: string;
  readonly attributes: Attributes;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
}

/** What has to be computed for some tensors, and what can be given up after each step. */
interface Plan {
  readonly steps: readonly { readonly step: Step; readonly spent: readonly string[] }[];
}

/**
 * An ONNX graph computed by TensorFlow.js, operation by operation: one and the same weights on both runtimes. What does not
 * depend on the picture is computed once, when the graph is loaded; what ONNX Runtime computes in whole numbers is, too.
 */
export class OnnxGraphNetwork implements Network {
  private readonly plans = new Map<string, Plan>();

  private constructor(
    private readonly core: Core,
    private readonly opset: number,
    private readonly constants: Constants,
    private readonly steps: readonly Step[],
    private readonly input: string,
  ) {}

  get inputs(): readonly string[] {
    return [this.input];
  }

  /**
   * @param file absolute path of the ONNX file
   * @param wanted the tensors that will be asked for; what these do not need is left out
   * @throws DomainError `model_unsupported`, naming every operation that is not covered; `model_unreadable`
   */
  static async load({ core }: TensorflowLibrary, file: string, wanted: readonly string[]): Promise<OnnxGraphNetwork> {
    const { graph, opsetImport } = readOnnx(await readFile(file), path.basename(file));
    const opset = toNumber(opsetImport.find(({ domain }) => domain === '' || domain === 'ai.onnx')?.version);
    const inFile = nodesFor(graph.node, wanted);
    refuseUncovered(inFile);
    const fixed = new Set(graph.initializer.map(({ name }) => name));
    const [input = '', ...further] = graph.input.map(({ name }) => name).filter((name) => !fixed.has(name));
    if (further.length > 0)
      throw new DomainError('model_unsupported', `The model wants more than a picture: ${further.join(', ')}.`);
    const outside = await readOutside(graph, path.dirname(file));
    const needed = nodesFor(fuseQuantised(inFile, graph, outside, wanted), wanted);
    const constants = new Constants(core, elementTypes(graph));
    const asked = new Set(needed.flatMap((node) => node.input));
    for (const tensor of graph.initializer) {
      if (asked.has(tensor.name)) constants.add(tensor.name, makeTensor(core, tensor, outside.get(tensor.name)));
    }
    const steps: Step[] = [];
    const network = new OnnxGraphNetwork(core, opset, constants, steps, input);
    for (const node of needed) network.foldOrKeep(node, steps);
    constants.keepOnly(steps.flatMap(({ inputs }) => inputs));
    return network;
  }

  has(tensor: string): boolean {
    return this.steps.some(({ outputs }) => outputs.includes(tensor));
  }

  run(input: Tensor, tensors: readonly string[]): Promise<NamedTensorMap> {
    const values = new Map<string, Value>([[this.input, plain(this.core.clone(input))]]);
    try {
      for (const { step, spent } of this.planFor(tensors).steps) {
        this.compute(step, values).forEach((value, i) => values.set(step.outputs[i] ?? '', value));
        for (const name of spent) this.giveUp(values, name);
      }
      // A clone shares its numbers: what stays in `values` can be given up with the rest.
      const outputs = tensors.map((tensor) => [
        tensor,
        this.core.tidy(() => this.core.clone(this.answer(values, tensor))),
      ]);
      return Promise.resolve(Object.fromEntries(outputs) as NamedTensorMap);
    } finally {
      for (const name of [...values.keys()]) this.giveUp(values, name);
    }
  }

  dispose(): void {
    this.constants.dispose();
  }

  private answer(values: ReadonlyMap<string, Value>, tensor: string): Tensor {
    const value = values.get(tensor);
    if (value) return toPlain(this.core, value);
    throw new DomainError('encoder_failed', `The graph gives no tensor "${tensor}".`);
  }

  private giveUp(values: Map<string, Value>, name: string): void {
    values.get(name)?.tensor.dispose();
    values.delete(name);
  }

  /** Computes a node now where all it takes is known, else puts it among the steps of every run. */
  private foldOrKeep(node: OnnxNode, steps: Step[]): void {
    const step: Step = {
      opType: node.opType,
      attributes: new Attributes(node.attribute),
      inputs: node.input,
      outputs: node.output,
    };
    if (node.opType === 'Constant') {
      this.constants.add(node.output[0] ?? '', this.constantOf(step.attributes));
    } else if (node.input.every((name) => name === '' || this.constants.has(name))) {
      this.compute(step, new Map()).forEach((value, i) => {
        this.constants.add(
          step.outputs[i] ?? '',
          this.core.tidy(() => this.core.clone(toPlain(this.core, value))),
        );
        value.tensor.dispose();
      });
    } else {
      steps.push(step);
    }
  }

  private constantOf(attributes: Attributes): Tensor {
    const tensor = attributes.tensor('value');
    if (tensor) return makeTensor(this.core, tensor);
    if (attributes.has('value_float')) return this.core.scalar(attributes.float('value_float', 0));
    if (attributes.has('value_int')) return this.core.scalar(attributes.int('value_int', 0), 'int32');
    const [floats, ints] = [attributes.floats('value_floats'), attributes.ints('value_ints')];
    if (attributes.has('value_floats')) return this.core.tensor1d(floats ?? []);
    if (attributes.has('value_ints')) return this.core.tensor1d(ints ?? [], 'int32');
    throw new DomainError('model_unsupported', 'TensorFlow.js cannot take a Constant of this kind from an ONNX file.');
  }

  private compute(step: Step, values: ReadonlyMap<string, Value>): Value[] {
    const operation = OPERATIONS[step.opType];
    if (!operation) throw new DomainError('model_unsupported', `TensorFlow.js cannot compute ${step.opType}.`);
    const { core, constants, opset } = this;
    const inputs = step.inputs.map((name) => values.get(name) ?? constants.value(name));
    const call: Call = {
      core,
      opset,
      opType: step.opType,
      attributes: step.attributes,
      outputs: step.outputs.length,
      inputs,
      elementType: (i) => constants.elementType(step.inputs[i] ?? ''),
      numbers: (i) => constants.numbers(step.inputs[i] ?? '') ?? (inputs[i] && [...inputs[i].tensor.dataSync()]),
      kept: (which, make) =>
        constants.kept(
          which.map((i) => step.inputs[i] ?? ''),
          step,
          make,
        ),
    };
    return core.tidy(() => {
      const given = operation(call);
      const results = Array.isArray(given) ? (given as readonly Value[]) : [given as Value];
      // What an operation passes on unchanged is given up apart from what it was.
      const isInput = ({ tensor }: Value) => inputs.some((input) => input?.tensor === tensor);
      return results.map((value) => ({ ...value, tensor: isInput(value) ? core.clone(value.tensor) : value.tensor }));
    });
  }

  private planFor(tensors: readonly string[]): Plan {
    const key = tensors.join('\n');
    const known = this.plans.get(key);
    if (known) return known;
    const wanted = new Set(tensors);
    const steps = [...this.steps].reverse().filter(({ outputs, inputs }) => {
      const needed = outputs.some((output) => wanted.has(output));
      if (needed) for (const name of inputs) wanted.add(name);
      return needed;
    });
    // Backwards: the first step met that takes a tensor is the last to do so.
    const alive = new Set(tensors);
    const planned = steps.map((step) => {
      const touched = [...new Set([...step.inputs, ...step.outputs])];
      const spent = touched.filter((name) => name !== '' && !alive.has(name));
      for (const name of touched) alive.add(name);
      return { step, spent };
    });
    const plan = { steps: planned.reverse() };
    this.plans.set(key, plan);
    return plan;
  }
}

/** The nodes that these tensors depend on, in their order. */
function nodesFor(nodes: readonly OnnxNode[], tensors: readonly string[]): OnnxNode[] {
  const wanted = new Set(tensors);
  const needed = [...nodes].reverse().filter(({ input, output }) => {
    const isNeeded = output.some((name) => wanted.has(name));
    if (isNeeded) for (const name of input) wanted.add(name);
    return isNeeded;
  });
  return needed.reverse();
}

function refuseUncovered(nodes: readonly OnnxNode[]): void {
  const isOwn = ({ opType, domain }: OnnxNode) =>
    OF_ONNX_RUNTIME.has(opType) ? domain === 'com.microsoft' : domain === '' || domain === 'ai.onnx';
  const isCovered = (node: OnnxNode) =>
    isOwn(node) && (node.opType === 'Constant' || OPERATIONS[node.opType] !== undefined);
  const names = [...new Set(nodes.filter((node) => !isCovered(node)).map(({ opType }) => opType))].sort();
  if (names.length === 0) return;
  throw new DomainError(
    'model_unsupported',
    `TensorFlow.js cannot compute ${names.join(', ')} from an ONNX file; ONNX Runtime can (LIKENESS_RUNTIME=onnx). ` +
      'The operations that are covered are listed in docs/encoders.md.',
    { fields: names.map((name) => ({ path: 'operation', expected: 'one that is covered', received: name })) },
  );
}
