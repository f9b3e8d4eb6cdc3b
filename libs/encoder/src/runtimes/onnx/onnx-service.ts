import { env, InferenceSession, Tensor } from 'onnxruntime-node';
import { DomainError, type FieldProblem } from '#libs/errors';
import type { LinearMap } from '../../cells.js';
import type { Device } from '../../encoder.js';
import type { EncoderManifest } from '../../manifest.js';
import { readLinear } from './onnx-linear.js';
import { type Execution, ModelService, type Outputs } from '../threaded/model-service.js';
import type { OutputTensor } from '../threaded/tap-reader.js';
import { fromHalf, toHalf } from './half.js';
import { CURES, PROVIDERS } from './onnx-devices.js';

/** What a worker thread is started with. */
export interface OnnxServiceOptions {
  /** Absolute path. */
  readonly onnxFile: string;
  readonly manifest: EncoderManifest;
  /** Threads one run is spread over, the worker's own among them. */
  readonly intraOpThreads: number;
  readonly device: Device;
}

/**
 * Runs an ONNX model; in a worker thread, since `InferenceSession.run` computes on the thread that calls it.
 */
export class OnnxService extends ModelService {
  private session?: InferenceSession;
  private readonly linears = new Map<string, Promise<LinearMap | undefined>>();

  constructor(private readonly options: OnnxServiceOptions) {
    super(options.manifest);
  }

  async release(): Promise<void> {
    await this.session?.release();
    this.session = undefined;
  }

  protected async open(): Promise<Execution> {
    const { device } = this.options;
    this.session = await this.create();
    this.checkNames(this.session);
    return { device, engine: `ONNX Runtime ${env.versions.node ?? env.versions.common}` };
  }

  protected async infer<T>(
    input: Float32Array,
    shape: readonly number[],
    tensors: readonly string[],
    read: (outputs: Outputs) => T,
  ): Promise<T> {
    if (!this.session) throw new DomainError('encoder_failed', 'The encoder has not been loaded.');
    const feeds = { [this.manifest.input.tensor]: this.feed(this.session, input, shape) };
    const outputs = await this.session.run(feeds, tensors);
    try {
      return read(new Map(Object.entries(outputs).map(([name, tensor]) => [name, valuesOf(tensor)])));
    } finally {
      for (const output of Object.values(outputs)) output.dispose();
    }
  }

  private async create(): Promise<InferenceSession> {
    const { onnxFile, intraOpThreads, device } = this.options;
    try {
      return await InferenceSession.create(onnxFile, {
        // What a device cannot compute ONNX Runtime computes on the CPU, within the same run.
        executionProviders: device === 'cpu' ? ['cpu'] : [PROVIDERS[device], 'cpu'],
        executionMode: 'sequential',
        interOpNumThreads: 1,
        intraOpNumThreads: intraOpThreads,
        // Idle threads would burn the cores that decoding and searching need (docs/decisions/0003-encoder-threads.md).
        extra: { session: { intra_op: { allow_spinning: '0' } } },
        logSeverityLevel: 3,
      });
    } catch (error) {
      // The library puts the place in its sources before its words.
      const reason = (error as Error).message.replace(/^\/onnxruntime_src.* was false\. /, '').trim();
      if (device !== 'cpu' && /provider|adapter|backend|shared library|device|vulkan/i.test(reason)) {
        throw new DomainError('device_unavailable', `ONNX Runtime cannot use ${device}: ${reason}. ${CURES[device]}`, {
          cause: error,
        });
      }
      throw new DomainError('encoder_invalid', `${onnxFile} cannot be loaded: ${reason}`, { cause: error });
    }
  }

  private feed({ inputMetadata }: InferenceSession, input: Float32Array, shape: readonly number[]): Tensor {
    const metadata = inputMetadata.find(({ name }) => name === this.manifest.input.tensor);
    const type = metadata?.isTensor ? metadata.type : 'float32';
    if (type === 'float32') return new Tensor('float32', input, shape);
    if (type === 'float16') return new Tensor('float16', toHalf(input), shape);
    throw new DomainError('encoder_invalid', `The input of the model is of type ${type}.`, {
      fields: [{ path: 'input.tensor', expected: 'float32 or float16', received: type }],
    });
  }

  protected override linear(tensor: string): Promise<LinearMap | undefined> {
    const read = this.linears.get(tensor) ?? readLinear(this.options.onnxFile, tensor);
    this.linears.set(tensor, read);
    return read;
  }

  private checkNames(session: InferenceSession): void {
    const { input, taps, featureMap } = this.manifest;
    const problems: FieldProblem[] = [];
    const check = (path: string, name: string, known: readonly string[]): void => {
      if (!known.includes(name)) problems.push({ path, expected: `one of ${known.join(', ')}`, received: name });
    };
    check('input.tensor', input.tensor, session.inputNames);
    for (const [name, tap] of Object.entries(taps)) check(`taps.${name}.tensor`, tap.tensor, session.outputNames);
    if (featureMap) check('featureMap.tensor', featureMap.tensor, session.outputNames);
    if (problems.length === 0) return;
    throw new DomainError('encoder_invalid', 'The manifest names tensors that the model has not.', {
      fields: problems,
    });
  }
}

/** Newer Node has a Float16Array, which ONNX Runtime then gives; its bit patterns are the same. */
function valuesOf({ dims, data, type }: Tensor): OutputTensor {
  if (type === 'float32') return { dims, data: data as Float32Array };
  if (type === 'float16') {
    const { buffer, byteOffset, length } = data as Uint16Array;
    return { dims, data: fromHalf(new Uint16Array(buffer, byteOffset, length)) };
  }
  throw new DomainError('encoder_invalid', `A tap is of type ${type}; float32 and float16 can be read.`);
}
