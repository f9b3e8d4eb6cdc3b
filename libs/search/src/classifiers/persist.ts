import { setTimeout as sleep } from 'node:timers/promises';
import { DomainError } from '#libs/errors';
import { isTroubleOfService } from '../ingest/store-images.js';

const RETRY_MS = 500;

/**
 * Writes how a job ended, however long the database is away: its row names this process, which lives, so nobody else
 * would ever take it up.
 *
 * @param signal ends the attempts; once the process is gone, another takes the job up
 * @throws what `write` threw last
 */
export async function persist(write: () => Promise<void>, signal: AbortSignal, retryMs = RETRY_MS): Promise<void> {
  for (;;) {
    try {
      return await write();
    } catch (error) {
      if (signal.aborted || !isTroubleOfService(DomainError.from(error))) throw error;
      await sleep(retryMs, undefined, { signal }).catch(() => undefined);
    }
  }
}
