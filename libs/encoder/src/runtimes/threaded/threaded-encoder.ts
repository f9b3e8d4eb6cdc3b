import { DomainError } from '#libs/errors';
import { MicroBatcher } from '#libs/threads';
import type { CellVectors } from '../../cells.js';
import { Encoder, type EncoderInfo, type EncoderInput, type TapVectors } from '../../encoder.js';
import type { EncoderManifest } from '../../manifest.js';
import type { ModelFolder } from '../../model-folder.js';
import type { Execution } from './model-service.js';
import { ModelThread } from './model-thread.js';

interface Request {
  readonly pixels: Uint8Array;
  readonly taps: readonly string[];
  /** Set where a vector is to be taken apart; such a picture runs alone. */
  readonly cellsOf?: string;
}

interface Answer {
  readonly vectors: TapVectors;
  readonly cells?: CellVectors;
}

export interface ThreadedEncoderOptions {
  readonly runtime: EncoderInfo['runtime'];
  /** Worker threads, each with the model loaded. */
  readonly workers: number;
  /** Most pictures in one run. */
  readonly maxBatch: number;
  /** Serves a `ModelService` of the runtime. */
  readonly script: URL;
  /** What the script makes its service from. */
  readonly workerData: unknown;
}

/** An encoder whose model runs in worker threads, whatever the runtime: gathers callers into batches and spreads these. */
export class ThreadedEncoder extends Encoder {
  private readonly batcher: MicroBatcher<Request, Answer>;
  private readonly pictureBytes: number;
  private readonly tapNames: ReadonlySet<string>;
  /** Slots whose model was of no use when it was last asked. */
  private readonly lost = new Set<number>();

  private constructor(
    readonly info: EncoderInfo,
    private readonly threads: readonly ModelThread[],
    maxBatch: number,
  ) {
    super();
    this.pictureBytes = 3 * info.view.size ** 2;
    this.tapNames = new Set(info.taps.map(({ name }) => name));
    this.batcher = new MicroBatcher({
      maxBatch,
      concurrency: threads.length,
      ahead: true,
      run: (requests, slot) => this.runWatched(requests, slot),
    });
  }

  /**
   * Starts the worker threads and loads the model in each.
   *
   * @throws DomainError `encoder_invalid` where the model does not do what its manifest says, `device_unavailable`
   */
  static async launch(model: ModelFolder, options: ThreadedEncoderOptions): Promise<ThreadedEncoder> {
    const { runtime, workers, script, workerData } = options;
    const maxBatch = Math.min(options.maxBatch, model.manifest.input.maxBatch ?? Infinity);
    const threads = Array.from({ length: workers }, (_, i) => new ModelThread(script, `encoder-${i + 1}`, workerData));
    const started = await Promise.allSettled(threads.map((thread) => thread.start()));
    for (const outcome of started) {
      if (outcome.status === 'fulfilled') continue;
      await Promise.all(threads.map((thread) => thread.close()));
      throw outcome.reason;
    }
    const [execution] = started.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []));
    if (!execution) throw new DomainError('internal', 'an encoder needs at least one worker thread');
    return new ThreadedEncoder(infoOf(model.manifest, model.fingerprint, runtime, execution), threads, maxBatch);
  }

  get broken(): boolean {
    return this.lost.size > 0;
  }

  async encode<T extends string>(image: EncoderInput, taps: readonly T[]): Promise<TapVectors<T>> {
    this.check(image, taps);
    const { vectors } = await this.batcher.submit({ pixels: image.data, taps });
    return vectors as TapVectors<T>;
  }

  async cells(image: EncoderInput, tap: string): Promise<CellVectors> {
    this.check(image, [tap]);
    const { cells } = await this.batcher.submit({ pixels: image.data, taps: [], cellsOf: tap });
    if (!cells) throw new DomainError('internal', 'an encoder thread answered without cells');
    return cells;
  }

  async close(): Promise<void> {
    await this.batcher.close();
    await Promise.all(this.threads.map((thread) => thread.close()));
  }

  /** Says which encoder has broken down, and what to do: it worked when it was launched. */
  private async runWatched(requests: readonly Request[], slot: number): Promise<Answer[]> {
    try {
      const answers = await this.runBatch(requests, slot);
      this.lost.delete(slot);
      return answers;
    } catch (error) {
      const problem = DomainError.from(error);
      if (problem.code !== 'device_unavailable') throw problem;
      this.lost.add(slot);
      const detail =
        `The encoder ${this.info.name} does not work any more. It is loaded anew for the next picture; where that does not ` +
        `help, restart the service. The reason: ${problem.message}`;
      throw new DomainError('device_unavailable', detail, { cause: error });
    }
  }

  private async runBatch(requests: readonly Request[], slot: number): Promise<Answer[]> {
    const thread = this.threads[slot];
    if (!thread) throw new DomainError('internal', `there is no encoder thread ${slot}`);
    const plain = requests.filter(({ cellsOf }) => cellsOf === undefined);
    const encoded = (plain.length > 0 ? await this.encodeBatch(plain, thread) : []).values();
    const answers: Answer[] = [];
    for (const { pixels, cellsOf } of requests) {
      if (cellsOf !== undefined) answers.push({ vectors: {}, cells: await thread.cells(pixels, cellsOf) });
      else answers.push({ vectors: encoded.next().value ?? {} });
    }
    return answers;
  }

  /** One run computes every tap that anyone in the batch wants; a caller gets those it asked for. */
  private async encodeBatch(requests: readonly Request[], thread: ModelThread): Promise<TapVectors[]> {
    const taps = [...new Set(requests.flatMap((request) => request.taps))];
    const byTap = await thread.encode(
      requests.map(({ pixels }) => pixels),
      taps,
    );
    // Cut out, so that whoever keeps one vector does not keep the batch.
    const vectorOf = (picture: number, tap: string): Float32Array => {
      const all = byTap[taps.indexOf(tap)] ?? new Float32Array();
      const dimension = all.length / requests.length;
      return all.slice(picture * dimension, (picture + 1) * dimension);
    };
    return requests.map((request, picture) =>
      Object.fromEntries(request.taps.map((tap) => [tap, vectorOf(picture, tap)])),
    );
  }

  private check(image: EncoderInput, taps: readonly string[]): void {
    const { size } = this.info.view;
    if (image.width !== size || image.height !== size || image.data.length !== this.pictureBytes) {
      throw new DomainError('encoder_failed', 'The picture has not the size the encoder takes.', {
        fields: [
          {
            path: 'image',
            expected: `${size} × ${size} pixels in ${this.pictureBytes} bytes`,
            received: `${image.width} × ${image.height} pixels in ${image.data.length} bytes`,
          },
        ],
      });
    }
    if (taps.every((tap) => this.tapNames.has(tap))) return;
    const fields = taps
      .filter((tap) => !this.tapNames.has(tap))
      .map((tap) => ({ path: 'taps', expected: `one of ${[...this.tapNames].join(', ')}`, received: tap }));
    throw new DomainError('encoder_failed', 'The encoder has no such tap.', { fields });
  }
}

function infoOf(
  manifest: EncoderManifest,
  fingerprint: string,
  runtime: EncoderInfo['runtime'],
  { device, engine }: Execution,
): EncoderInfo {
  return {
    name: manifest.name,
    fingerprint,
    view: manifest.input.view,
    taps: Object.entries(manifest.taps).map(([name, { dimension }]) => {
      const nearDuplicates = manifest.nearDuplicates?.[name];
      return { name, dimension, ...(nearDuplicates !== undefined && { nearDuplicates }) };
    }),
    runtime,
    device,
    engine,
  };
}
