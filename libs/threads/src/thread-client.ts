import { Worker, type MessagePort } from 'node:worker_threads';
import { DomainError, type ErrorCode } from '#libs/errors';
import type { CallMessage, ReplyMessage } from './protocol.js';

interface Pending {
  resolve(value: unknown): void;
  reject(error: DomainError): void;
}

type Methods<S> = { [K in keyof S]: S[K] extends (...args: infer A) => infer R ? (...args: A) => R : never };

/** What a service in a worker looks like from outside: every method answers a promise. */
type Unwrapped<R> = Awaited<R> extends { value: infer V; buffers: readonly ArrayBuffer[] } ? V : Awaited<R>;

/**
 * Calls the methods of a service that runs in a worker thread (see `serve`). A crash of the thread rejects every call
 * that was waiting with `crashCode`; calls made later are rejected likewise, and `onCrash` lets the owner start anew.
 */
export class ThreadClient<S extends object> {
  private readonly worker: Worker;
  private readonly pending = new Map<number, Pending>();
  private nextId = 1;
  private ended?: DomainError;

  constructor(
    script: URL,
    private readonly options: {
      name: string;
      crashCode: ErrorCode;
      workerData?: unknown;
      /** The process may end while the thread waits for calls. */
      background?: boolean;
      onCrash?: (error: DomainError) => void;
    },
  ) {
    // Flags of the process that concern how modules are found (a test runner's conditions) must not reach compiled scripts.
    this.worker = new Worker(script, { name: options.name, workerData: options.workerData, execArgv: [] });
    if (options.background) this.worker.unref();
    this.worker.on('message', (reply: ReplyMessage) => this.settle(reply));
    this.worker.on('error', (error) => this.end(`the ${options.name} thread failed: ${error.message}`, error));
    this.worker.on('exit', (code) => this.end(`the ${options.name} thread ended with code ${code}`));
  }

  /** @param move buffers and ports handed over to the thread instead of copied; they are of no use here afterwards */
  call<K extends keyof Methods<S> & string>(
    method: K,
    args: Parameters<Methods<S>[K]>,
    move: readonly (ArrayBuffer | MessagePort)[] = [],
  ): Promise<Unwrapped<ReturnType<Methods<S>[K]>>> {
    if (this.ended) return Promise.reject(this.ended);
    const id = this.nextId++;
    const message: CallMessage = { id, method, args };
    return new Promise((resolve, reject) => {
      if (this.options.background && this.pending.size === 0) this.worker.ref();
      this.pending.set(id, { resolve: resolve as (value: unknown) => void, reject });
      this.worker.postMessage(message, [...move]);
    });
  }

  /** Stops the thread at once; calls that still wait are rejected. */
  async terminate(): Promise<void> {
    this.ended ??= new DomainError('shutting_down', `the ${this.options.name} thread was stopped`);
    await this.worker.terminate();
  }

  private settle(reply: ReplyMessage): void {
    const waiting = this.pending.get(reply.id);
    this.pending.delete(reply.id);
    if (this.options.background && this.pending.size === 0) this.worker.unref();
    if ('error' in reply) waiting?.reject(DomainError.revive(reply.error));
    else waiting?.resolve(reply.value);
  }

  private end(reason: string, cause?: unknown): void {
    const stoppedOnPurpose = this.ended?.code === 'shutting_down';
    const first = this.ended === undefined;
    this.ended ??= new DomainError(this.options.crashCode, reason, { cause });
    for (const waiting of this.pending.values()) waiting.reject(this.ended);
    this.pending.clear();
    if (first && !stoppedOnPurpose) this.options.onCrash?.(this.ended);
  }
}
