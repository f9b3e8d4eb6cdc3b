import { setTimeout as sleep } from 'node:timers/promises';
import { DomainError } from '#libs/errors';
import { isTroubleOfService } from '../service/whose-fault.js';

/** Between the first two attempts; twice as long after each of them. */
const RETRY_MS = 500;
const MOST_RETRY_MS = 30_000;

/**
 * Writes how a job ended, however long the database is away or has no space left: its row names this process, which lives,
 * so nobody else would ever take it up.
 *
 * @param signal ends the attempts; once the process is gone, another takes the job up
 * @throws what `write` threw last
 */
export async function persist(write: () => Promise<void>, signal: AbortSignal, retryMs = RETRY_MS): Promise<void> {
  for (let pauseMs = retryMs; ; pauseMs = Math.min(2 * pauseMs, MOST_RETRY_MS)) {
    try {
      return await write();
    } catch (error) {
      if (signal.aborted || !isTroubleOfService(DomainError.from(error))) throw error;
      await sleep(pauseMs, undefined, { signal }).catch(() => undefined);
    }
  }
}

/**
 * Claims a job's row. Where the answer is lost the row may name this process all the same, which then knows nothing of
 * it: it is given back. Only for a row of which this process has nothing in hand.
 *
 * @throws what `claim` threw, once the row is free, cannot be freed, or `signal` says that the process stops
 */
export async function claimOrRelease<T>(rows: ClaimedRows<T>, id: number, signal: AbortSignal): Promise<T | null> {
  try {
    return await rows.claim(id);
  } catch (error) {
    // What kept it from being given back says nothing of why it was not claimed.
    await persist(() => rows.release(id), signal).catch(() => undefined);
    throw error;
  }
}

interface ClaimedRows<T> {
  claim(id: number): Promise<T | null>;
  release(id: number): Promise<void>;
}
