import { isAway, isTooLarge, messageOf } from './api.js';

/** How often the service is asked whether it answers again. */
const RETRY_MS = 2000;
/** How often in a row a request may break off though the service answers. */
const TRIES = 3;
const UNREADABLE = 'It cannot be read: changed, moved, empty, or a folder.';
const BROKEN_OFF = `The request broke off ${TRIES} times, though the service answers.`;

/** What is sent, and how. */
export interface Sending<Item, Result> {
  /** The most that go in the request that begins with it. */
  readonly most: (first: Item) => number;
  /** Whether both may go in one request. */
  readonly together: (one: Item, other: Item) => boolean;
  /** To send some again does no harm. @throws where none of them arrived; TypeError, as `fetch` does, where nobody answered; see `isAway` */
  readonly send: (items: readonly Item[]) => Promise<readonly Result[]>;
  /** What is read when it is sent; null: nothing. */
  readonly fileOf: (item: Item) => File | null;
  /** What becomes of it where it could not be sent. */
  readonly failed: (item: Item, detail: string) => Result;
}

export interface SendState<Result> {
  /** Items of this round, sent or not. */
  readonly total: number;
  readonly results: readonly Result[];
  readonly running: boolean;
  /** The service does not answer; the rest is sent once it does. */
  readonly unreachable: boolean;
}

/** What to tell a person then. */
export const UNREACHABLE = 'The service cannot be reached. The rest is sent once it answers.';

export const NOTHING_SENT: SendState<never> = { total: 0, results: [], running: false, unreachable: false };

/**
 * Items on their way to the service, some at a time. They go on whatever the page shows meanwhile; those that are added
 * while others are under way come after them.
 *
 * A request that fails fails its items only; the items of one that is too large go again, fewer at a time. Where nobody
 * answers, files that cannot be read fail alone, and the rest waits for the service: one that is restarted gets them all.
 */
export class SendQueue<Item extends object, Result> {
  private state: SendState<Result> = NOTHING_SENT;
  private waiting: readonly Item[] = [];
  private cancelled = false;
  private brokenOff = 0;
  /** What requests that were too large left of a `most`: where few files may go in one, many rows of a table still may. */
  private readonly room = new Map<number, number>();

  /**
   * @param show is told of every change
   * @param answers says, after a while, whether the service answers
   */
  constructor(
    private readonly show: (state: SendState<Result>) => void,
    private readonly sending: Sending<Item, Result>,
    private readonly answers: () => Promise<boolean> = askService,
  ) {}

  add(items: readonly Item[]): void {
    if (items.length === 0) return;
    const before = this.state.running ? this.state : NOTHING_SENT;
    this.waiting = [...this.waiting, ...items];
    this.cancelled = false;
    this.set({ ...before, total: before.total + items.length, running: true });
    if (!before.running) void this.run();
  }

  /** Nothing more is sent; what is under way arrives. */
  cancel(): void {
    const total = this.state.total - this.waiting.length;
    this.waiting = [];
    this.cancelled = true;
    this.set({ ...this.state, total });
  }

  private async run(): Promise<void> {
    for (let [first] = this.waiting; first; [first] = this.waiting) {
      const group = this.take(first);
      try {
        this.tell(await this.sending.send(group));
      } catch (error) {
        if (isAway(error)) await this.unanswered(group, error);
        else if (isTooLarge(error) && group.length > 1 && !this.cancelled) this.divide(group, first);
        else this.tell(this.failed(group, messageOf(error)));
      }
    }
    this.set({ ...this.state, running: false });
  }

  /** The next ones that go together. */
  private take(first: Item): readonly Item[] {
    const other = this.waiting.findIndex((item) => !this.sending.together(first, item));
    const most = this.mostWith(first);
    const group = this.waiting.slice(0, other < 0 ? most : Math.min(most, other));
    this.waiting = this.waiting.slice(group.length);
    return group;
  }

  private mostWith(first: Item): number {
    const most = this.sending.most(first);
    return this.room.get(most) ?? most;
  }

  /** Nobody says how many would have been few enough: half as many are tried, also of those that come later. */
  private divide(group: readonly Item[], first: Item): void {
    this.brokenOff = 0;
    this.room.set(this.sending.most(first), Math.ceil(group.length / 2));
    this.waiting = [...group, ...this.waiting];
  }

  /** Either a file could not be read, or the service went away: `fetch` tells no difference. */
  private async unanswered(group: readonly Item[], error: unknown): Promise<void> {
    const readable = await Promise.all(group.map((item) => isReadable(this.sending.fileOf(item))));
    const left = group.filter((_, at) => readable[at]);
    const lost = group.filter((_, at) => !readable[at]);
    if (lost.length > 0) this.tell(this.failed(lost, UNREADABLE));
    else this.brokenOff++;
    if (this.cancelled) this.tell(this.failed(left, messageOf(error)));
    else if (this.brokenOff === TRIES)
      this.tell(this.failed(left, error instanceof TypeError ? BROKEN_OFF : messageOf(error)));
    else {
      this.waiting = [...left, ...this.waiting];
      if (lost.length === 0) await this.untilAnswered();
    }
  }

  private async untilAnswered(): Promise<void> {
    this.set({ ...this.state, unreachable: true });
    for (let back = false; !back && this.waiting.length > 0;) back = await this.answers();
    this.set({ ...this.state, unreachable: false });
  }

  private failed(items: readonly Item[], detail: string): Result[] {
    return items.map((item) => this.sending.failed(item, detail));
  }

  private tell(results: readonly Result[]): void {
    this.brokenOff = 0;
    this.set({ ...this.state, results: [...this.state.results, ...results] });
  }

  private set(state: SendState<Result>): void {
    this.state = state;
    this.show(state);
  }
}

/**
 * The first byte tells: a file that was changed or moved since it was chosen, or a folder, cannot be read at all. Chromium
 * may call one empty that is gone, and then reads none of it without an error.
 */
const isReadable = async (file: File | null): Promise<boolean> =>
  file === null ||
  (file.size > 0 &&
    file
      .slice(0, 1)
      .arrayBuffer()
      .then(
        () => true,
        () => false,
      ));

async function askService(): Promise<boolean> {
  await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
  return fetch('/health/ready').then(
    ({ ok }) => ok,
    () => false,
  );
}
