import { env, InferenceSession, Tensor } from 'onnxruntime-node';
import { DomainError, type FieldProblem } from '#libs/errors';
import { Moved } from '#libs/threads';
import type { EncoderManifest } from '../../manifest.js';
import { writePixels } from './pixel-tensor.js';
import { readTap } from './tap-reader.js';

/** What a worker thread is started with. */
export interface OnnxServiceOptions {
  /** Absolute path. */
  readonly onnxFile: string;
  readonly manifest: EncoderManifest;
  /** Threads one run is spread over, the worker's own among them. */
  readonly intraOpThreads: number;
}

/** Vectors of a batch: [picture][tap], taps in the order they were asked for. */
export type BatchVectors = Float32Array<ArrayBuffer>[][];

/**
 * Runs an ONNX model; lives in a worker thread, since `InferenceSession.run` computes on the thread that calls it.
 * Its one caller hands in the next batch only after the last was answered.
 */
export class OnnxService {
  private session?: InferenceSession;
  /** Kept between runs; grows to the largest batch. Safe because batches never overlap. */
  private tensor = new Float32Array(0);

  constructor(private readonly options: OnnxServiceOptions) {}

  /**
   * Opens the model and checks it against its manifest: names, shapes, and that all taps of a synthetic picture are
   * finite numbers. Must be called first.
   *
   * @throws DomainError `encoder_invalid`
   */
  async load(): Promise<{ engine: string }> {
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
    await this.selfCheck();
    return { engine: `ONNX Runtime ${env.versions.node ?? env.versions.common}` };
  }

  /**
   * @param pixels interleaved RGB bytes of all pictures, one after the other, each of the manifest's view
   * @param taps names of the manifest's taps
   * @throws DomainError `encoder_failed` for the whole batch
   */
  async encode(pixels: Uint8Array, taps: readonly string[]): Promise<Moved<BatchVectors>> {
    let vectors: BatchVectors;
    try {
      vectors = await this.run(pixels, taps);
    } catch (error) {
      throw DomainError.from(error, 'encoder_failed');
    }
    if (!vectors.every((picture) => picture.every(isFinite))) {
      throw new DomainError('encoder_failed', 'The encoder gave numbers that are not finite.');
    }
    return new Moved(
      vectors,
      vectors.flatMap((picture) => picture.map((vector) => vector.buffer)),
    );
  }

  async release(): Promise<void> {
    await this.session?.release();
    this.session = undefined;
  }

  protected async run(pixels: Uint8Array, taps: readonly string[]): Promise<BatchVectors> {
    if (!this.session) throw new DomainError('encoder_failed', 'The encoder has not been loaded.');
    const { input, taps: known } = this.options.manifest;
    const { size } = input.view;
    const count = pixels.length / (3 * size * size);
    if (this.tensor.length < pixels.length) this.tensor = new Float32Array(pixels.length);
    const filled = this.tensor.subarray(0, pixels.length);
    writePixels(input, pixels, size, filled);
    const shape = input.layout === 'nchw' ? [count, 3, size, size] : [count, size, size, 3];
    const wanted = taps.flatMap((name) => {
      const tap = known[name];
      return tap ? [{ name, tap }] : [];
    });
    const tensors = [...new Set(wanted.map(({ tap }) => tap.tensor))];
    const outputs = await this.session.run({ [input.tensor]: new Tensor('float32', filled, shape) }, tensors);
    try {
      const byTap = wanted.map(({ name, tap }) => {
        const { dims, data } = outputs[tap.tensor] as Tensor;
        return readTap(name, tap, { dims, data: data as Float32Array }, count, input.layout);
      });
      return Array.from({ length: count }, (_, picture) =>
        byTap.map((vectors) => vectors[picture] as Float32Array<ArrayBuffer>),
      );
    } finally {
      for (const output of Object.values(outputs)) output.dispose();
    }
  }

  private checkNames(session: InferenceSession): void {
    const { input, taps, featureMap } = this.options.manifest;
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

  private async selfCheck(): Promise<void> {
    const { input, taps } = this.options.manifest;
    const names = Object.keys(taps);
    const picture = Uint8Array.from({ length: 3 * input.view.size ** 2 }, (_, i) => (i * 31 + (i >> 7) * 17) & 255);
    let vectors: BatchVectors;
    try {
      vectors = await this.run(picture, names);
    } catch (error) {
      throw DomainError.from(error, 'encoder_invalid');
    }
    const fields = names
      .filter((_, tap) => !isFinite(vectors[0]?.[tap] ?? []))
      .map((name) => ({ path: `taps.${name}`, expected: 'finite numbers', received: 'infinite ones or NaN' }));
    if (fields.length > 0) {
      throw new DomainError('encoder_invalid', 'The encoder gives numbers that are not finite.', { fields });
    }
  }
}

function isFinite(vector: ArrayLike<number>): boolean {
  for (let i = 0; i < vector.length; i++) if (!Number.isFinite(vector[i])) return false;
  return true;
}
