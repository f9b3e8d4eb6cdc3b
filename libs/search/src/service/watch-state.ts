import { setTimeout as sleep } from 'node:timers/promises';
import { Patience } from '#libs/errors';

export interface Watching<T> {
  readonly look: () => Promise<T>;
  /** Whether a later look may find something else. */
  readonly goesOn: (state: T) => boolean;
  /** Milliseconds between two looks. */
  readonly everyMs: number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * A state whenever it has changed; ends after its final one, or when the signal is aborted. What is watched outlives a
 * moment without the database, and so does the watching.
 *
 * @throws DomainError what `look` throws, unless that passes by itself within five minutes
 */
export async function* watchState<T extends object>({ look, goesOn, everyMs, signal }: Watching<T>): AsyncGenerator<T> {
  const patience = new Patience();
  for (let before = ''; signal?.aborted !== true;) {
    const state = await patience.orNothing(look());
    if (state) {
      const now = JSON.stringify(state);
      if (now !== before) yield state;
      before = now;
      if (!goesOn(state)) return;
    }
    await sleep(everyMs, undefined, { signal }).catch(() => undefined);
  }
}
