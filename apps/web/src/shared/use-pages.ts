import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { type LoadPage, type Page, Pager, type PagesState } from './pager.js';

export interface Pages<T, P extends Page<T> = Page<T>> extends PagesState<T, P> {
  /** All pages have come. */
  readonly done: boolean;
  /** Loads the next page, or once more the one that failed. */
  readonly more: () => void;
  /** Changes what is on show, without asking the service. */
  readonly change: (items: (before: readonly T[]) => readonly T[]) => void;
}

/**
 * A list that comes page by page.
 *
 * @param load null loads nothing
 * @param key another one starts over, with nothing on show
 * @param again another one loads the first page anew; what is on show stays until it has come
 */
export function usePages<T, P extends Page<T> = Page<T>>(
  load: LoadPage<T, P> | null,
  key: string,
  again: string | number = '',
): Pages<T, P> {
  const [state, setState] = useState<PagesState<T, P>>({ items: [], last: null, error: null, busy: load !== null });
  const pager = useMemo(() => new Pager<T, P>(setState), []);
  const shown = useRef<string | null>(null);
  useEffect(() => {
    pager.start(load, shown.current === key);
    shown.current = key;
    return () => pager.stop();
  }, [key, again]);
  const more = useMemo(() => () => pager.more(), []);
  return {
    ...state,
    done: state.last !== null && state.last.next === null,
    more,
    change: (items) => pager.change(items),
  };
}
