/** Thrown, and the reason of the abort signal, when a person or the system asked the command to stop, or nobody reads it any more. */
export class Interrupted extends Error {
  constructor(readonly signal: NodeJS.Signals) {
    super('Stopped.');
    this.name = 'Interrupted';
  }
}

/** Settles as `work` does, or rejects with the signal's reason as soon as it is aborted. */
export async function orInterrupted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted();
  let stop: (() => void) | undefined;
  const aborted = new Promise<never>((_resolve, reject) => {
    stop = () => reject(signal.reason instanceof Error ? signal.reason : new Interrupted('SIGINT'));
    signal.addEventListener('abort', stop, { once: true });
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    if (stop) signal.removeEventListener('abort', stop);
  }
}

/** Resolves when the signal is aborted. */
export function untilInterrupted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}
