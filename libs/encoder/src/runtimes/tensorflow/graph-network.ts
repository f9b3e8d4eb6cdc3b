import type { GraphModel } from '@tensorflow/tfjs-converter';
import type { io, NamedTensorMap, Tensor } from '@tensorflow/tfjs-core';
import type { Network } from './network.js';
import type { TensorflowLibrary } from './tensorflow-library.js';

/** A TensorFlow.js graph model; any of its nodes can be asked for. */
export class GraphNetwork implements Network {
  readonly inputs: readonly string[];
  /** Graphs with control flow cannot be executed in one go; found out by the first run. */
  private dynamic = false;

  private constructor(
    private readonly model: GraphModel,
    private readonly names: ReadonlySet<string>,
  ) {
    const { inputs = {} } = (model.modelSignature ?? {}) as { inputs?: Readonly<Record<string, { name?: string }>> };
    // TensorFlow.js calls an input as the model's signature does; manifests call it by its node, as all other tensors.
    this.inputs = model.inputNodes.map((key) => withoutPort(inputs[key]?.name ?? key));
  }

  static async load({ converter }: TensorflowLibrary, artifacts: io.ModelArtifacts): Promise<GraphNetwork> {
    const model = await converter.loadGraphModel({ load: () => Promise.resolve(artifacts) });
    const { node = [] } = artifacts.modelTopology as { node?: { name: string }[] };
    const { outputs = {} } = (model.modelSignature ?? {}) as { outputs?: object };
    return new GraphNetwork(model, new Set([...node.map(({ name }) => name), ...Object.keys(outputs)]));
  }

  has(tensor: string): boolean {
    return this.names.has(withoutPort(tensor));
  }

  async run(input: Tensor, tensors: readonly string[]): Promise<NamedTensorMap> {
    const outputs = await this.execute(input, [...tensors]);
    const list = Array.isArray(outputs) ? outputs : [outputs];
    return Object.fromEntries(tensors.map((tensor, i) => [tensor, list[i] as Tensor]));
  }

  dispose(): void {
    this.model.dispose();
  }

  private async execute(input: Tensor, tensors: string[]): Promise<Tensor | Tensor[]> {
    if (!this.dynamic) {
      try {
        return this.model.execute(input, tensors);
      } catch (error) {
        if (!/executeAsync/.test((error as Error).message)) throw error;
        this.dynamic = true;
      }
    }
    return this.model.executeAsync(input, tensors);
  }
}

const withoutPort = (name: string): string => name.replace(/:\d+$/, '');
