import type { NamedTensorMap, Tensor } from '@tensorflow/tfjs-core';
import { DomainError } from '#libs/errors';
import type { Network } from './network.js';
import type { SavedSignature, TensorflowLibrary } from './tensorflow-library.js';

/** A TensorFlow SavedModel; the outputs of one of its signatures can be asked for, by its names. Needs libtensorflow. */
export class SavedModelNetwork implements Network {
  readonly inputs: readonly string[];
  private readonly outputs: ReadonlySet<string>;

  private constructor(private readonly signature: SavedSignature) {
    this.inputs = signature.inputs;
    this.outputs = new Set(signature.outputs);
  }

  /** @param signature for example `serving_default` */
  static async load(
    { loadSavedModel, engine }: TensorflowLibrary,
    folder: string,
    signature: string,
  ): Promise<SavedModelNetwork> {
    if (!loadSavedModel) {
      throw new DomainError(
        'device_unavailable',
        `A SavedModel needs @tensorflow/tfjs-node or tfjs-node-gpu; ${engine} cannot run it. Install one of them, or convert ` +
          'the model with tensorflowjs_converter and import that (docs/encoders.md).',
      );
    }
    return new SavedModelNetwork(await loadSavedModel(folder, signature));
  }

  has(tensor: string): boolean {
    return this.outputs.has(tensor);
  }

  async run(input: Tensor, tensors: readonly string[]): Promise<NamedTensorMap> {
    const [name = ''] = this.inputs;
    const all = (await this.signature.model.predict({ [name]: input }, {})) as NamedTensorMap;
    // A signature is run as a whole; what nobody asked for is given back at once.
    for (const [output, tensor] of Object.entries(all)) if (!tensors.includes(output)) tensor.dispose();
    return Object.fromEntries(tensors.map((tensor) => [tensor, all[tensor] as Tensor]));
  }

  dispose(): void {
    (this.signature.model as unknown as { dispose(): void }).dispose();
  }
}
