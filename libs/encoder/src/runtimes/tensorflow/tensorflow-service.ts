import type { Tensor } from '@tensorflow/tfjs-core';
import { DomainError, type FieldProblem } from '#libs/errors';
import type { LinearMap } from '../../cells.js';
import type { EncoderManifest } from '../../manifest.js';
import { readLinear } from '../onnx/onnx-linear.js';
import { type Execution, ModelService, type Outputs } from '../threaded/model-service.js';
import { GraphNetwork } from './graph-network.js';
import { LayersNetwork } from './layers-network.js';
import type { Network } from './network.js';
import { SavedModelNetwork } from './saved-model-network.js';
import { OnnxGraphNetwork } from './onnx/onnx-graph-network.js';
import { openTensorflow, type TensorflowEngine, type TensorflowLibrary } from './tensorflow-library.js';
import { readTfjsFiles } from './tfjs-files.js';

/** Which file is executed, and how. Paths are absolute. */
export type TensorflowSource =
  | { readonly format: 'graph' | 'layers'; readonly file: string }
  | { readonly format: 'onnx'; readonly file: string }
  | { readonly format: 'saved-model'; readonly file: string; readonly signature: string };

/** What a worker thread is started with. */
export interface TensorflowServiceOptions {
  readonly engine: TensorflowEngine;
  readonly source: TensorflowSource;
  readonly manifest: EncoderManifest;
}

/** Runs a TensorFlow model; in a worker thread, since TensorFlow.js computes on the thread that calls it. */
export class TensorflowService extends ModelService {
  private loaded?: { readonly library: TensorflowLibrary; readonly network: Network };

  constructor(private readonly options: TensorflowServiceOptions) {
    super(options.manifest);
  }

  release(): Promise<void> {
    this.loaded?.network.dispose();
    this.loaded = undefined;
    return Promise.resolve();
  }

  protected async open(): Promise<Execution> {
    const library = await openTensorflow(this.options.engine);
    const { source } = this.options;
    let network: Network;
    try {
      network = await this.loadNetwork(library);
    } catch (error) {
      if (error instanceof DomainError) throw error;
      throw new DomainError('encoder_invalid', `${source.file} cannot be loaded: ${firstLine(error)}`, {
        cause: error,
      });
    }
    this.loaded = { library, network };
    this.checkNames(network);
    return { device: library.device, engine: library.engine };
  }

  protected async infer<T>(
    input: Float32Array,
    shape: readonly number[],
    tensors: readonly string[],
    read: (outputs: Outputs) => T,
  ): Promise<T> {
    if (!this.loaded) throw new DomainError('encoder_failed', 'The encoder has not been loaded.');
    const { library, network } = this.loaded;
    const tensor = library.core.tensor(input, [...shape], 'float32');
    try {
      const outputs = await network.run(tensor, tensors);
      try {
        return read(new Map(Object.entries(outputs).map(([name, output]) => [name, valuesOf(output)])));
      } finally {
        for (const output of Object.values(outputs)) output.dispose();
      }
    } catch (error) {
      throw this.explained(error);
    } finally {
      tensor.dispose();
    }
  }

  private async loadNetwork(library: TensorflowLibrary): Promise<Network> {
    const { source } = this.options;
    if (source.format === 'saved-model') return SavedModelNetwork.load(library, source.file, source.signature);
    if (source.format === 'onnx') return OnnxGraphNetwork.load(library, source.file, this.tensors());
    const artifacts = await readTfjsFiles(source.file);
    return source.format === 'graph' ? GraphNetwork.load(library, artifacts) : LayersNetwork.load(library, artifacts);
  }

  protected override linear(tensor: string): Promise<LinearMap | undefined> {
    const { source } = this.options;
    return source.format === 'onnx' ? readLinear(source.file, tensor) : super.linear(tensor);
  }

  /** Everything that can be asked for. */
  private tensors(): string[] {
    const { taps, featureMap } = this.manifest;
    return [...Object.values(taps), ...(featureMap ? [featureMap] : [])].map(({ tensor }) => tensor);
  }

  private checkNames(network: Network): void {
    const { input, taps, featureMap } = this.manifest;
    const problems: FieldProblem[] = [];
    if (!network.inputs.includes(input.tensor) || network.inputs.length !== 1) {
      problems.push({
        path: 'input.tensor',
        expected: `the model's only input, out of ${network.inputs.join(', ')}`,
        received: input.tensor,
      });
    }
    const check = (path: string, tensor: string): void => {
      if (!network.has(tensor)) problems.push({ path, expected: 'a tensor of the model', received: tensor });
    };
    for (const [name, tap] of Object.entries(taps)) check(`taps.${name}.tensor`, tap.tensor);
    if (featureMap) check('featureMap.tensor', featureMap.tensor);
    if (problems.length === 0) return;
    throw new DomainError('encoder_invalid', 'The manifest names tensors that the model has not.', {
      fields: problems,
    });
  }

  /** Backends know different sets of operations; says so where one is missing. */
  private explained(error: unknown): unknown {
    const kernel = /Kernel '(\w+)' not registered for backend '(\w+)'/.exec((error as Error).message);
    if (!kernel) return error;
    return new DomainError(
      'encoder_invalid',
      `The model uses ${kernel[1]}, which TensorFlow.js cannot compute with its ${kernel[2]} backend. ` +
        'Install @tensorflow/tfjs-node (docs/encoders.md), or import the model as ONNX.',
      { cause: error },
    );
  }
}

const valuesOf = (tensor: Tensor) => ({ dims: tensor.shape, data: tensor.dataSync() });

const firstLine = (error: unknown): string => (error as Error).message.split('\n')[0] ?? '';
