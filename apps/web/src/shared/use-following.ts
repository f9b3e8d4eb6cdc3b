import { useCallback, useEffect, useState } from 'preact/hooks';
import { ApiError, events, isAbort, isPassing, messageOf } from './api.js';
import type { ItemError } from './types.js';

const RETRY_MS = 2000;

export interface Following {
  readonly error: string | null;
  /** Looks again, and follows what has been begun. */
  readonly follow: () => void;
}

/** One look at what is followed. */
export interface Look {
  readonly signal: AbortSignal;
  /** Counts the looks from 0. */
  readonly round: number;
  /** As `followJob`; what went wrong before is over once the job tells how far it is. */
  readonly followJob: <T>(path: string, telling: Telling<T>) => Promise<void>;
}

/** What is done with what a job tells. */
export interface Telling<T> {
  readonly show: (now: T) => void;
  readonly isOver: (now: T) => boolean;
}

/**
 * Follows work of the service for as long as somebody looks: a service that was restarted goes on with it, and so does
 * the page.
 *
 * An error stays until a look fares better: one that went and came with every look would be read aloud every time.
 *
 * @param id of what is followed; another one begins anew, null follows nothing
 * @param look is called again after what it throws may pass (`isPassing`), such as a service that went away
 */
export function useFollowing(id: string | null, look: (look: Look) => Promise<void>): Following {
  const [error, setError] = useState<string | null>(null);
  const [round, setRound] = useState(0);
  const follow = useCallback(() => setRound((before) => before + 1), []);
  useEffect(() => setError(null), [id]);
  useEffect(() => {
    if (id === null) return;
    const controller = new AbortController();
    const { signal } = controller;
    let again: ReturnType<typeof setTimeout> | undefined;
    const better = (): void => {
      if (!signal.aborted) setError(null);
    };
    const following = <T>(path: string, { show, isOver }: Telling<T>) =>
      followJob<T>(path, signal, {
        show: (now) => {
          better();
          show(now);
        },
        isOver,
      });
    look({ signal, round, followJob: following })
      .then(better)
      .catch((thrown: unknown) => {
        if (isAbort(thrown) || signal.aborted) return;
        setError(messageOf(thrown));
        if (isPassing(thrown)) again = setTimeout(follow, RETRY_MS);
      });
    return () => {
      clearTimeout(again);
      controller.abort();
    };
  }, [id, round]);
  return { error, follow };
}

/**
 * Shows how far a job is, as often as the service tells.
 *
 * @throws ApiError for what the service tells instead; TypeError, as `fetch` does, where the stream ends before the job:
 *   there is more to follow
 */
export async function followJob<T>(path: string, signal: AbortSignal, { show, isOver }: Telling<T>): Promise<void> {
  let over = false;
  for await (const { event, data } of events(path, signal)) {
    if (event === 'error') throw new ApiError(data as ItemError);
    if (event !== 'progress') continue;
    show(data as T);
    over = isOver(data as T);
  }
  if (!over) throw new TypeError('The stream ended before the job.');
}
