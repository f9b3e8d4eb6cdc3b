import type { ErrorCode } from './codes.js';
import { DomainError } from './domain-error.js';

const PASSING: readonly ErrorCode[] = ['database_unavailable', 'index_unavailable', 'timed_out', 'shutting_down'];

/** Trouble of the service after which it is worth while to try again although nobody has mended anything. */
export function passesByItself(error: DomainError): boolean {
  return PASSING.includes(error.code);
}

/**
 * Nothing for the time being, instead of an error that passes by itself. @throws every other error
 *
 * @example const state = (await look().catch(nothingForNow)) ?? before;
 */
export function nothingForNow(error: unknown): undefined {
  if (!passesByItself(DomainError.from(error))) throw error;
}
