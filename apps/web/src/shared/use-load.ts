import { useEffect, useState } from 'preact/hooks';
import { isAbort, messageOf } from './api.js';

export interface Loaded<T> {
  readonly value: T | null;
  readonly error: string | null;
  readonly loading: boolean;
}

/** Loads whenever one of `inputs` changes; the last value stays on show meanwhile. `null` loads nothing. */
export function useLoad<T>(load: ((signal: AbortSignal) => Promise<T>) | null, inputs: readonly unknown[]): Loaded<T> {
  const [state, setState] = useState<Loaded<T>>({ value: null, error: null, loading: load !== null });
  useEffect(() => {
    if (load === null) {
      setState({ value: null, error: null, loading: false });
      return;
    }
    const controller = new AbortController();
    setState((before) => ({ ...before, loading: true }));
    load(controller.signal)
      .then((value) => setState({ value, error: null, loading: false }))
      .catch((error: unknown) => {
        if (!isAbort(error)) setState({ value: null, error: messageOf(error), loading: false });
      });
    return () => controller.abort();
  }, inputs);
  return state;
}
