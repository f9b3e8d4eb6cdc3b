import type { InferenceModel, NamedTensorMap, Tensor } from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { SavedModelNetwork } from './saved-model-network.js';
import type { TensorflowLibrary } from './tensorflow-library.js';

/** A tensor that says whether it was given back. */
class Answer {
  disposed = false;
  dispose(): void {
    this.disposed = true;
  }
}

/** As tfjs-node's model: fed and answering by the names of the signature, known by those of the graph. */
function library(outputs: Readonly<Record<string, Answer>>): TensorflowLibrary {
  const model = {
    inputs: [{ name: 'serving_default_picture' }],
    predict: (inputs: NamedTensorMap) => {
      expect(Object.keys(inputs)).toEqual(['picture']);
      return outputs;
    },
  };
  const signature = { model: model as unknown as InferenceModel, inputs: ['picture'], outputs: Object.keys(outputs) };
  const engine = { engine: 'tfjs-node', device: 'cpu', loadSavedModel: () => Promise.resolve(signature) };
  return engine as unknown as TensorflowLibrary;
}

describe('SavedModelNetwork', () => {
  it('goes by the names of the signature and gives back what nobody asked for', async () => {
    const outputs = { features: new Answer(), logits: new Answer() };
    const network = await SavedModelNetwork.load(library(outputs), 'folder', 'serving_default');
    expect(network.inputs).toEqual(['picture']);
    expect([network.has('features'), network.has('StatefulPartitionedCall')]).toEqual([true, false]);
    const answered = await network.run({} as Tensor, ['logits']);
    expect(answered).toEqual({ logits: outputs.logits });
    expect([outputs.features.disposed, outputs.logits.disposed]).toEqual([true, false]);
  });

  it('says what to install where there is no libtensorflow', async () => {
    const wasm = { engine: 'TensorFlow.js WASM' } as unknown as TensorflowLibrary;
    await expect(SavedModelNetwork.load(wasm, 'folder', 'serving_default')).rejects.toMatchObject({
      code: 'device_unavailable',
      message: /needs @tensorflow\/tfjs-node/,
    });
  });
});
