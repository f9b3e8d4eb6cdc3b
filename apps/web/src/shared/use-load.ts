import { useEffect, useRef, useState } from 'preact/hooks';
import { isAbort, isPassing, messageOf } from './api.js';

export interface Loaded<T> {
  readonly value: T | null;
  readonly error: string | null;
  /** Whether the error may pass by itself; see `isPassing`. */
  readonly passing: boolean;
  readonly loading: boolean;
}

const NOTHING: Loaded<never> = { value: null, error: null, passing: false, loading: false };

/**
 * Loads whenever one of `inputs` changes; the last value stays on show meanwhile. `null` loads nothing.
 *
 * @param inputs what it is that is loaded; JSON tells them apart
 * @param again another one loads the same anew, and where that fails, what it was stays on show beside the error
 */
export function useLoad<T>(
  load: ((signal: AbortSignal) => Promise<T>) | null,
  inputs: readonly unknown[],
  again: string | number = '',
): Loaded<T> {
  const [state, setState] = useState<Loaded<T>>({ ...NOTHING, loading: load !== null });
  const key = JSON.stringify(inputs);
  /** What the value on show is of. */
  const shown = useRef<string | null>(null);
  useEffect(() => {
    if (load === null) {
      setState(NOTHING);
      return;
    }
    const controller = new AbortController();
    setState((before) => ({ ...before, loading: true }));
    load(controller.signal)
      .then((value) => {
        shown.current = key;
        setState({ ...NOTHING, value });
      })
      .catch((thrown: unknown) => {
        if (isAbort(thrown)) return;
        const failed = { error: messageOf(thrown), passing: isPassing(thrown), loading: false };
        setState(({ value }) => ({ ...failed, value: shown.current === key ? value : null }));
      });
    return () => controller.abort();
  }, [key, again]);
  return state;
}
