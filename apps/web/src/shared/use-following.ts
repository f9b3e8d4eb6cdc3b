import { useCallback, useEffect, useState } from 'preact/hooks';
import { ApiError, events, isAbort, isPassing, messageOf } from './api.js';
import type { ItemError } from './types.js';

const RETRY_MS = 2000;

export interface Following {
  readonly error: string | null;
  /** Looks again, and follows what has been begun. */
  readonly follow: () => void;
}

/**
 * Follows work of the service for as long as somebody looks: a service that was restarted goes on with it, and so does
 * the page.
 *
 * @param id of what is followed; another one begins anew, null follows nothing
 * @param look is called again after what it throws may pass (`isPassing`), such as a service that went away. `round` counts the calls from 0
 */
export function useFollowing(
  id: string | null,
  look: (signal: AbortSignal, round: number) => Promise<void>,
): Following {
  const [error, setError] = useState<string | null>(null);
  const [round, setRound] = useState(0);
  const follow = useCallback(() => setRound((before) => before + 1), []);
  useEffect(() => {
    if (id === null) return;
    const controller = new AbortController();
    let again: ReturnType<typeof setTimeout> | undefined;
    setError(null);
    look(controller.signal, round).catch((thrown: unknown) => {
      if (isAbort(thrown) || controller.signal.aborted) return;
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
export async function followJob<T>(
  path: string,
  signal: AbortSignal,
  { show, isOver }: { show: (now: T) => void; isOver: (now: T) => boolean },
): Promise<void> {
  let over = false;
  for await (const { event, data } of events(path, signal)) {
    if (event === 'error') throw new ApiError(data as ItemError);
    if (event !== 'progress') continue;
    show(data as T);
    over = isOver(data as T);
  }
  if (!over) throw new TypeError('The stream ended before the job.');
}
