import { GraphNetwork } from '../../runtimes/tensorflow/graph-network.js';
import { LayersNetwork } from '../../runtimes/tensorflow/layers-network.js';
import { openTensorflow } from '../../runtimes/tensorflow/tensorflow-library.js';
import { readTfjsFiles } from '../../runtimes/tensorflow/tfjs-files.js';

/** Runs a TensorFlow.js model once, in a worker thread, to see the shapes of its tensors. */
export class TfjsProbe {
  async shapes(
    file: string,
    format: 'graph' | 'layers',
    input: { readonly shape: readonly number[]; readonly data: Float32Array },
    tensors: readonly string[],
  ): Promise<Map<string, readonly number[]>> {
    const library = await openTensorflow('tfjs-wasm');
    const artifacts = await readTfjsFiles(file);
    const network = await (format === 'graph' ? GraphNetwork : LayersNetwork).load(library, artifacts);
    const picture = library.core.tensor(input.data, [...input.shape], 'float32');
    const outputs = await network.run(
      picture,
      tensors.filter((tensor) => network.has(tensor)),
    );
    return new Map(Object.entries(outputs).map(([name, { shape }]) => [name, shape]));
  }
}
