import { useCallback, useEffect, useState } from 'preact/hooks';
import { ApiError, events, get, isAbort, messageOf } from '../shared/api.js';
import { isOver, type Rescoring, type Training } from './types.js';
import { apiOf } from './words.js';

export interface Jobs {
  /** The newest training; null: there was none yet. */
  readonly training: Training | null;
  /** The newest scoring of the catalogue. */
  readonly rescoring: Rescoring | null;
  readonly error: string | null;
  /** Looks again, and follows what has been begun. */
  readonly follow: () => void;
}

const RETRY_MS = 2000;

/** The newest training and scoring of a classifier, followed while they run. @param onEnded one of them has ended */
export function useJobs(id: string, onEnded: () => void): Jobs {
  const [training, setTraining] = useState<Training | null>(null);
  const [rescoring, setRescoring] = useState<Rescoring | null>(null);
  const [error, setError] = useState<string | null>(null);
  const [round, setRound] = useState(0);

  useEffect(() => {
    const controller = new AbortController();
    const { signal } = controller;
    /** @throws TypeError, as `fetch` does, where the stream ends before the job: there is more to follow */
    const stream = async <T extends Training | Rescoring>(path: string, show: (now: T) => void): Promise<void> => {
      let over = false;
      for await (const { event, data } of events(path, signal)) {
        if (event !== 'progress') continue;
        show(data as T);
        over = isOver(data as T);
      }
      if (!over) throw new TypeError('The stream ended before the job.');
    };
    const run = async (): Promise<void> => {
      const { trainings } = await get<{ trainings: Training[] }>(apiOf(id, '/trainings?limit=1'), signal);
      const [latest] = trainings;
      setTraining(latest ?? null);
      if (!latest && round === 0) return; // So nothing was ever scored, unless an imported version is put to use.
      if (latest && !isOver(latest)) {
        await stream<Training>(apiOf(id, `/trainings/${latest.id}/events`), setTraining);
        onEnded();
      }
      const scoring = await get<Rescoring>(apiOf(id, '/rescoring'), signal).catch((thrown: unknown) => {
        if (thrown instanceof ApiError && thrown.code === 'rescoring_not_found') return null;
        throw thrown;
      });
      setRescoring(scoring);
      if (scoring && !isOver(scoring)) {
        await stream<Rescoring>(apiOf(id, '/rescoring/events'), setRescoring);
        onEnded();
      } else if (round > 0) onEnded(); // What was begun may be over before it is looked at.
    };
    let again: ReturnType<typeof setTimeout> | undefined;
    setError(null);
    run().catch((thrown: unknown) => {
      if (isAbort(thrown) || signal.aborted) return;
      setError(messageOf(thrown));
      // A service that was restarted goes on with the work; so does the page.
      if (thrown instanceof TypeError) again = setTimeout(() => setRound((before) => before + 1), RETRY_MS);
    });
    return () => {
      clearTimeout(again);
      controller.abort();
    };
  }, [id, round]);

  return { training, rescoring, error, follow: useCallback(() => setRound((before) => before + 1), []) };
}
