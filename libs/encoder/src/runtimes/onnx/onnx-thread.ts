import { ThreadClient } from '#libs/threads';
import type { BatchVectors, OnnxService, OnnxServiceOptions } from './onnx-service.js';

interface Running {
  readonly client: ThreadClient<OnnxService>;
  readonly loaded: Promise<{ engine: string }>;
}

/**
 * One worker thread with one session. After a crash the calls that waited fail with `encoder_failed`, and the next
 * call finds a fresh thread.
 */
export class OnnxThread {
  private running?: Running;

  constructor(
    private readonly script: URL,
    private readonly name: string,
    private readonly options: OnnxServiceOptions,
  ) {}

  /**
   * Starts the thread and loads the model, unless that has been done.
   *
   * @throws DomainError `encoder_invalid` where model and manifest do not go together
   */
  async start(): Promise<{ engine: string }> {
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

  /** As `OnnxService.encode`. @param pixels handed over to the thread; empty afterwards */
  async encode(pixels: Uint8Array<ArrayBuffer>, taps: readonly string[]): Promise<BatchVectors> {
    const running = (this.running ??= this.launch());
    await this.start();
    return running.client.call('encode', [pixels, taps], [pixels.buffer]);
  }

  async close(): Promise<void> {
    const running = this.running;
    this.running = undefined;
    if (!running) return;
    // A thread that cannot release its session any more is ended all the same.
    await running.client.call('release', []).catch(() => undefined);
    await running.client.terminate();
  }

  private launch(): Running {
    const client: ThreadClient<OnnxService> = new ThreadClient<OnnxService>(this.script, {
      name: this.name,
      crashCode: 'encoder_failed',
      workerData: this.options,
      onCrash: () => {
        if (this.running?.client === client) this.running = undefined;
      },
    });
    return { client, loaded: client.call('load', []) };
  }
}
