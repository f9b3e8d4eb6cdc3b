import { parentPort } from 'node:worker_threads';
import { DomainError } from '#libs/errors';
import type { CallMessage, ReplyMessage } from './protocol.js';

/** Wraps a result whose buffers should be moved to the caller instead of copied. */
export class Moved<T> {
  constructor(
    readonly value: T,
    readonly buffers: readonly ArrayBuffer[],
  ) {}
}

/**
 * Answers calls of a `ThreadClient` with the methods of `service`; used as the last line of a worker script. Methods
 * may be asynchronous; a call starts as soon as it arrives.
 */
export function serve(service: object): void {
  const port = parentPort;
  if (!port) throw new Error('serve() runs in worker threads only');
  const methods = service as Record<string, (...args: unknown[]) => unknown>;
  const answer = async ({ id, method, args }: CallMessage): Promise<void> => {
    try {
      const result = await methods[method]?.(...args);
      const reply: ReplyMessage = { id, value: result instanceof Moved ? result.value : result };
      port.postMessage(reply, result instanceof Moved ? [...result.buffers] : []);
    } catch (error) {
      const reply: ReplyMessage = { id, error: DomainError.from(error).serialise() };
      port.postMessage(reply);
    }
  };
  port.on('message', (message: CallMessage) => void answer(message));
}
