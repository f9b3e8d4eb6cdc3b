import type { ErrorCode } from './codes.js';
import { DomainError } from './domain-error.js';

const PASSING: readonly ErrorCode[] = [
  'database_unavailable',
  'index_unavailable',
  'service_unreachable',
  'timed_out',
  'shutting_down',
];

/** Trouble of the service after which it is worth while to try again although nobody has mended anything. */
export function passesByItself(error: DomainError): boolean {
  return PASSING.includes(error.code);
}

/** How long trouble may go on before nobody believes any more that it passes by itself, in milliseconds. */
const PATIENCE_MS = 5 * 60_000;

/**
 * Waits out trouble that passes by itself, for as long as that may take: what is gone for good must not keep a script
 * from ending. One for each row of looks.
 *
 * @example const state = (await patience.orNothing(look())) ?? before;
 */
export class Patience {
  /** When the trouble began that has not passed yet. */
  private since: number | null = null;

  /**
   * What is found, or nothing for the time being.
   *
   * @throws every error that does not pass by itself, and one that does once five minutes have gone by without a good look
   */
  async orNothing<T>(found: Promise<T>): Promise<T | undefined> {
    try {
      const good = await found;
      this.since = null;
      return good;
    } catch (error) {
      if (!passesByItself(DomainError.from(error))) throw error;
      this.since ??= performance.now();
      if (performance.now() - this.since >= PATIENCE_MS) throw error;
      return undefined;
    }
  }
}
