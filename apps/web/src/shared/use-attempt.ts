import { useCallback, useState } from 'preact/hooks';
import { isAbort, messageOf } from './api.js';

export interface Attempt {
  /** Runs it; what it throws is kept as `error`, and nothing is answered. */
  readonly attempt: <T>(work: () => Promise<T>) => Promise<T | undefined>;
  readonly error: string | null;
  readonly busy: boolean;
}

/** For what a person does with a click: one thing at a time, and its failure is shown. */
export function useAttempt(): Attempt {
  const [error, setError] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const attempt = useCallback(async <T>(work: () => Promise<T>): Promise<T | undefined> => {
    setError(null);
    setBusy(true);
    try {
      return await work();
    } catch (thrown) {
      if (!isAbort(thrown)) setError(messageOf(thrown));
      return undefined;
    } finally {
      setBusy(false);
    }
  }, []);
  return { attempt, error, busy };
}
