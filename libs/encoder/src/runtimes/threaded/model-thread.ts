import type { CellVectors } from '../../cells.js';
import { DomainError } from '#libs/errors';
import { ThreadClient } from '#libs/threads';
import type { BatchVectors, Execution, ModelService } from './model-service.js';

interface Running {
  readonly client: ThreadClient<ModelService>;
  readonly loaded: Promise<Execution>;
  /** Why its model is of no use any more: what its other calls fail with, too. */
  lost?: DomainError;
}

/** After a load that failed. Else each picture of a batch, which are tried one by one, would wait for a load of its own. */
const LOAD_PAUSE_MS = 1_000;

/**
 * One worker thread with one model. After a crash the calls that waited fail with `encoder_failed`, and the next
 * call finds a fresh thread. So does the next one after a model has broken down (`device_unavailable`).
 */
export class ModelThread {
  private running?: Running;
  private unloadable?: { readonly problem: DomainError; readonly since: number };
  /** The batch that the thread works on and the one that waits, in turn; each grows to the largest. */
  private readonly shared = [0, 0].map((bytes) => new Uint8Array(new SharedArrayBuffer(bytes)));
  private batches = 0;

  /**
   * @param script serves a `ModelService`
   * @param workerData what the script makes its service from
   */
  constructor(
    private readonly script: URL,
    private readonly name: string,
    private readonly workerData: unknown,
  ) {}

  /**
   * Starts the thread and loads the model, unless that has been done.
   *
   * @throws DomainError `encoder_invalid` where model and manifest do not go together, `device_unavailable`
   */
  async start(): Promise<Execution> {
    const running = (this.running ??= this.launch());
    try {
      return await running.loaded;
    } catch (error) {
      // A thread without a model is of no use; the next call tries anew.
      if (this.running === running) this.running = undefined;
      await running.client.terminate();
      throw error;
    }
  }

  /** As `ModelService.encode`, of pictures of the same size; at most one call waits while another is answered. */
  async encode(pictures: readonly Uint8Array[], taps: readonly string[]): Promise<BatchVectors> {
    const running = await this.again();
    try {
      return await running.client.call('encode', [this.share(pictures), taps]);
    } catch (error) {
      const problem = DomainError.from(error);
      if (problem.code === 'device_unavailable') {
        running.lost ??= problem;
        if (this.running === running) this.running = undefined;
        await running.client.terminate();
      }
      throw running.lost ?? problem;
    }
  }

  /** As `ModelService.cells`. */
  async cells(pixels: Uint8Array, tap: string): Promise<CellVectors> {
    const running = await this.again();
    return running.client.call('cells', [pixels, tap]);
  }

  async close(): Promise<void> {
    const running = this.running;
    this.running = undefined;
    if (!running) return;
    // A thread that cannot release its model any more is ended all the same.
    await running.client.call('release', []).catch(() => undefined);
    await running.client.terminate();
  }

  /** The thread, with the model loaded anew where it has to be. @throws DomainError `device_unavailable` where that fails */
  private async again(): Promise<Running> {
    if (this.unloadable && performance.now() - this.unloadable.since < LOAD_PAUSE_MS) throw this.unloadable.problem;
    const running = (this.running ??= this.launch());
    try {
      await this.start();
      return running;
    } catch (error) {
      const problem = new DomainError('device_unavailable', DomainError.from(error).message, { cause: error });
      this.unloadable = { problem, since: performance.now() };
      throw problem;
    }
  }

  /** Packed where the thread reads them: a new buffer for each batch would cost more than the copy. */
  private share(pictures: readonly Uint8Array[]): Uint8Array {
    const bytes = pictures.reduce((sum, { length }) => sum + length, 0);
    const turn = this.batches++ % this.shared.length;
    let batch = this.shared[turn];
    if (!batch || batch.length < bytes) batch = this.shared[turn] = new Uint8Array(new SharedArrayBuffer(bytes));
    let at = 0;
    for (const picture of pictures) {
      batch.set(picture, at);
      at += picture.length;
    }
    return batch.subarray(0, bytes);
  }

  private launch(): Running {
    const client: ThreadClient<ModelService> = new ThreadClient<ModelService>(this.script, {
      name: this.name,
      crashCode: 'encoder_failed',
      workerData: this.workerData,
      onCrash: () => {
        if (this.running?.client === client) this.running = undefined;
      },
    });
    return { client, loaded: client.call('load', []) };
  }
}
