import { isAbort, messageOf } from './api.js';

export interface Page<T> {
  readonly items: readonly T[];
  /** Cursor of the next page; null: there is none. */
  readonly next: string | null;
}

/** Reads a page. @param cursor `next` of the page before; null: the first page */
export type LoadPage<T, P extends Page<T> = Page<T>> = (cursor: string | null, signal: AbortSignal) => Promise<P>;

export interface PagesState<T, P extends Page<T> = Page<T>> {
  /** Of all pages so far. */
  readonly items: readonly T[];
  /** The page that came last; null: none has come yet. */
  readonly last: P | null;
  readonly error: string | null;
  readonly busy: boolean;
}

/** A list that comes page by page: one page at a time, each once, and a page that failed can be asked for again. */
export class Pager<T, P extends Page<T> = Page<T>> {
  private state: PagesState<T, P> = { items: [], last: null, error: null, busy: true };
  private load: LoadPage<T, P> | null = null;
  private controller = new AbortController();
  private cursor: string | null = null;
  private fresh = true;

  /** @param show is told of every change */
  constructor(private readonly show: (state: PagesState<T, P>) => void) {}

  /** Loads the first page. @param keep what is on show stays until it has come */
  start(load: LoadPage<T, P> | null, keep: boolean): void {
    this.stop();
    this.controller = new AbortController();
    this.load = load;
    this.cursor = null;
    this.fresh = true;
    const { items, last } = this.state;
    this.set({ items: keep ? items : [], last: keep ? last : null, error: null, busy: false });
    this.more();
  }

  /** Loads the next page, or once more the one that failed; nothing while one is under way or where all have come. */
  more(): void {
    const { load, cursor, fresh, controller } = this;
    if (!load || this.state.busy || (!fresh && cursor === null)) return;
    this.set({ ...this.state, error: null, busy: true });
    load(cursor, controller.signal)
      .then((page) => {
        if (controller.signal.aborted) return;
        this.cursor = page.next;
        this.fresh = false;
        this.set({
          items: fresh ? page.items : [...this.state.items, ...page.items],
          last: page,
          error: null,
          busy: false,
        });
      })
      .catch((thrown: unknown) => {
        if (controller.signal.aborted || isAbort(thrown)) return;
        this.set({ ...this.state, error: messageOf(thrown), busy: false });
      });
  }

  /** Changes what is on show, without asking the service. */
  change(items: (before: readonly T[]) => readonly T[]): void {
    this.set({ ...this.state, items: items(this.state.items) });
  }

  /** An answer that is still to come is of no interest any more. */
  stop(): void {
    this.controller.abort();
  }

  private set(state: PagesState<T, P>): void {
    this.state = state;
    this.show(state);
  }
}
