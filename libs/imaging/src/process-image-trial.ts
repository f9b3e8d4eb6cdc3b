import { fork, type ChildProcess } from 'node:child_process';
import type { LimitSettings } from '#libs/config';
import { workerUrl } from '#libs/threads';
import { ImageTrial } from './image-trial.js';

const LONGEST_MS = 60_000;
/** Suspects come in flocks, after a crash: the process is kept for the next one for so long. */
const KEEP_MS = 5_000;

/**
 * Tries one image after the other in a process of its own: the one that asks lives to tell what happened. The process
 * goes when nothing has been asked for a while, or with the process that asks.
 */
export class ProcessImageTrial extends ImageTrial {
  private last: Promise<unknown> = Promise.resolve();
  private child?: ChildProcess;
  private idle?: NodeJS.Timeout;

  /** @param script of the process: limits as JSON in its argument, a message with bytes in, any message back when done */
  constructor(
    private readonly limits: LimitSettings,
    private readonly script = workerUrl(import.meta.url, './trial-process.js'),
  ) {
    super();
  }

  override survives(bytes: Buffer): Promise<boolean> {
    const trial = this.last.then(() => this.run(bytes));
    this.last = trial.catch(() => undefined);
    return trial;
  }

  private async run(bytes: Buffer): Promise<boolean> {
    clearTimeout(this.idle);
    const child = this.child?.connected ? this.child : this.begin();
    this.child = child;
    try {
      return await answer(child, bytes);
    } finally {
      this.idle = setTimeout(() => this.end(), KEEP_MS).unref();
    }
  }

  private begin(): ChildProcess {
    const child = fork(this.script, [JSON.stringify(this.limits)], {
      serialization: 'advanced',
      stdio: 'ignore',
      execArgv: [],
    });
    // An idle process keeps nobody alive.
    child.unref();
    child.channel?.unref();
    return child;
  }

  private end(): void {
    this.child?.kill('SIGKILL');
    this.child = undefined;
  }
}

function answer(child: ChildProcess, bytes: Buffer): Promise<boolean> {
  return new Promise((resolve, reject) => {
    child.channel?.ref();
    const settle = (outcome: () => void) => {
      clearTimeout(limit);
      child.removeAllListeners();
      child.channel?.unref();
      outcome();
    };
    const limit = setTimeout(() => child.kill('SIGKILL'), LONGEST_MS);
    child.once('message', () => settle(() => resolve(true)));
    child.once('exit', () => settle(() => resolve(false)));
    // Without a process nothing is known of the image.
    child.once('error', (error) => settle(() => (child.pid === undefined ? reject(error) : resolve(false))));
    // A process that ends before it has read everything breaks the channel; its exit tells the rest.
    child.send(bytes, () => undefined);
  });
}
