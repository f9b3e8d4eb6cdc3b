import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node';
import { openTensorflow, type TensorflowLibrary } from '../../tensorflow-library.js';
import { OnnxGraphNetwork } from '../onnx-graph-network.js';

export interface Answer {
  readonly dims: readonly number[];
  readonly data: readonly number[];
}

/** TensorFlow.js beside ONNX Runtime. */
export class BothRuntimes {
  private constructor(
    private readonly library: TensorflowLibrary,
    private readonly folder: string,
  ) {}

  static async open(): Promise<BothRuntimes> {
    return new BothRuntimes(
      await openTensorflow('tfjs-wasm'),
      await mkdtemp(path.join(tmpdir(), 'likeness-both-runtimes-')),
    );
  }

  async close(): Promise<void> {
    await rm(this.folder, { recursive: true });
  }

  /**
   * Both answers to one graph, TensorFlow.js' first, output by output.
   *
   * @param data what goes into `x`
   */
  async answers(
    bytes: Buffer,
    outputs: readonly string[],
    data: Float32Array,
    shape: readonly number[],
  ): Promise<[Answer, Answer][]> {
    const session = await InferenceSession.create(bytes);
    const expected = await session.run({ x: new OrtTensor('float32', data, [...shape]) });
    const file = path.join(this.folder, 'graph.onnx');
    await writeFile(file, bytes);
    const network = await OnnxGraphNetwork.load(this.library, file, outputs);
    const input = this.library.core.tensor(data, [...shape], 'float32');
    // Twice, since what is made of constants in the first run is used in the second.
    for (const output of Object.values(await network.run(input, outputs))) output.dispose();
    const given = await network.run(input, outputs);
    const pairs = outputs.map((name): [Answer, Answer] => {
      const [mine, theirs] = [given[name], expected[name]];
      if (!mine || !theirs) throw new Error(`no answer for ${name}`);
      return [
        { dims: mine.shape, data: [...mine.dataSync()] },
        { dims: theirs.dims, data: Array.from(theirs.data as Float32Array, Number) },
      ];
    });
    for (const output of [input, ...Object.values(given)]) output.dispose();
    network.dispose();
    await session.release();
    return pairs;
  }
}
