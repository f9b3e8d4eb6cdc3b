import { useCallback, useState } from 'preact/hooks';
import { ApiError, isAbort, messageOf } from './api.js';
import type { FieldProblem } from './types.js';

export interface Attempt {
  /** Runs it; what it throws is kept as `error`, and nothing is answered. */
  readonly attempt: <T>(work: () => Promise<T>) => Promise<T | undefined>;
  readonly error: string | null;
  /** The fields that the service found wrong, where fields were. */
  readonly fields: readonly FieldProblem[];
  readonly busy: boolean;
}

const NONE: readonly FieldProblem[] = [];

/** For what a person does with a click: one thing at a time, and its failure is shown. */
export function useAttempt(): Attempt {
  const [error, setError] = useState<string | null>(null);
  const [fields, setFields] = useState(NONE);
  const [busy, setBusy] = useState(false);
  const attempt = useCallback(async <T>(work: () => Promise<T>): Promise<T | undefined> => {
    setError(null);
    setFields(NONE);
    setBusy(true);
    try {
      return await work();
    } catch (thrown) {
      if (!isAbort(thrown)) setError(messageOf(thrown));
      if (thrown instanceof ApiError) setFields(thrown.fields);
      return undefined;
    } finally {
      setBusy(false);
    }
  }, []);
  return { attempt, error, fields, busy };
}
