import type { io, NamedTensorMap, Tensor } from '@tensorflow/tfjs-core';
import type { LayersModel, SymbolicTensor } from '@tensorflow/tfjs-layers';
import type { Network } from './network.js';
import type { TensorflowLibrary } from './tensorflow-library.js';

/**
 * A TensorFlow.js layers model; the output of any layer can be asked for by the layer's name, and by `name:1` and so on
 * the further outputs of a layer that is applied several times.
 */
export class LayersNetwork implements Network {
  readonly inputs: readonly string[];
  /** The same layers and weights with other outputs, by the outputs' names. */
  private readonly views = new Map<string, LayersModel>();

  private constructor(
    private readonly layers: TensorflowLibrary['layers'],
    private readonly model: LayersModel,
  ) {
    this.inputs = model.inputs.map(({ name }) => name);
  }

  static async load({ layers }: TensorflowLibrary, artifacts: io.ModelArtifacts): Promise<LayersNetwork> {
    const model = await layers.loadLayersModel({ load: () => Promise.resolve(artifacts) });
    return new LayersNetwork(layers, model);
  }

  has(tensor: string): boolean {
    return this.find(tensor) !== undefined;
  }

  run(input: Tensor, tensors: readonly string[]): Promise<NamedTensorMap> {
    const outputs = this.view(tensors).predictOnBatch(input);
    const list = Array.isArray(outputs) ? outputs : [outputs];
    return Promise.resolve(Object.fromEntries(tensors.map((tensor, i) => [tensor, list[i] as Tensor])));
  }

  /** The views hold no weights of their own. */
  dispose(): void {
    this.views.clear();
    this.model.dispose();
  }

  private view(tensors: readonly string[]): LayersModel {
    const key = tensors.join('\n');
    const known = this.views.get(key);
    if (known) return known;
    const outputs = tensors.flatMap((tensor) => this.find(tensor) ?? []);
    const view = this.layers.model({ inputs: this.model.inputs, outputs });
    this.views.set(key, view);
    return view;
  }

  private find(tensor: string): SymbolicTensor | undefined {
    const [, name = tensor, node = '0'] = /^(.*?)(?::(\d+))?$/.exec(tensor) ?? [];
    const layer = this.model.layers.find((one) => one.name === name);
    if (!layer || Number(node) >= layer.inboundNodes.length) return undefined;
    const output = layer.getOutputAt(Number(node));
    return Array.isArray(output) ? output[0] : output;
  }
}
