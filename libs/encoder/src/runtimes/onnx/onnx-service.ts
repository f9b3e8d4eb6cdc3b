import { env, InferenceSession, Tensor } from 'onnxruntime-node';
import { DomainError, type FieldProblem } from '#libs/errors';
import type { EncoderManifest } from '../../manifest.js';
import { type Execution, ModelService, type Outputs } from '../threaded/model-service.js';

/** What a worker thread is started with. */
export interface OnnxServiceOptions {
  /** Absolute path. */
  readonly onnxFile: string;
  readonly manifest: EncoderManifest;
  /** Threads one run is spread over, the worker's own among them. */
  readonly intraOpThreads: number;
}

/**
 * Runs an ONNX model; in a worker thread, since `InferenceSession.run` computes on the thread that calls it.
 */
export class OnnxService extends ModelService {
  private session?: InferenceSession;

  constructor(private readonly options: OnnxServiceOptions) {
    super(options.manifest);
  }

  async release(): Promise<void> {
    await this.session?.release();
    this.session = undefined;
  }

  protected async open(): Promise<Execution> {
    const { onnxFile, intraOpThreads } = this.options;
    try {
      this.session = await InferenceSession.create(onnxFile, {
        executionProviders: ['cpu'],
        executionMode: 'sequential',
        interOpNumThreads: 1,
        intraOpNumThreads: intraOpThreads,
        // Idle threads would burn the cores that decoding and searching need (docs/decisions/0003-encoder-threads.md).
        extra: { session: { intra_op: { allow_spinning: '0' } } },
        logSeverityLevel: 3,
      });
    } catch (error) {
      throw new DomainError('encoder_invalid', `${onnxFile} cannot be loaded: ${(error as Error).message}`, {
        cause: error,
      });
    }
    this.checkNames(this.session);
    return { device: 'cpu', engine: `ONNX Runtime ${env.versions.node ?? env.versions.common}` };
  }

  protected async infer<T>(
    input: Float32Array,
    shape: readonly number[],
    tensors: readonly string[],
    read: (outputs: Outputs) => T,
  ): Promise<T> {
    if (!this.session) throw new DomainError('encoder_failed', 'The encoder has not been loaded.');
    const feeds = { [this.manifest.input.tensor]: new Tensor('float32', input, shape) };
    const outputs = await this.session.run(feeds, tensors);
    try {
      return read(
        new Map(Object.entries(outputs).map(([name, { dims, data }]) => [name, { dims, data: data as Float32Array }])),
      );
    } finally {
      for (const output of Object.values(outputs)) output.dispose();
    }
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
