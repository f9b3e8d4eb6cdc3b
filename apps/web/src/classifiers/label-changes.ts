import { get, messageOf, post } from '../shared/api.js';
import { counted } from '../shared/format.js';
import { LabelUndo, type Statement } from './label-undo.js';
import type { Category, Classifier, Label, LabelPage, LabelReport } from './types.js';
import { apiOf } from './words.js';

/** Something to label: an image of the catalogue, or one of a person's own. */
export interface Candidate {
  /** An image is named by its id, an own image by `example-` and its id. */
  readonly key: string;
  readonly thumbnailUrl: string;
  readonly title: string;
  /** What is written on it. */
  readonly note?: string;
}

interface Turn {
  readonly work: () => Promise<void>;
  /** Whether it changes labels, and does not only read them. */
  readonly changes: boolean;
}

type Categories = readonly Category[];

/** Few enough for an address. */
const IDS_AT_ONCE = 300;
const OWN = /^example-(\d+)$/;
const ORIGIN = 'page';

export interface LabellingState {
  /** Of the candidates that were read, by their keys. */
  readonly labels: ReadonlyMap<string, readonly Label[]>;
  /** What became of the last change. */
  readonly said: string;
  /** Why the last change was not stored. */
  readonly notStored: string | null;
  /** Why labels could not be read. */
  readonly unread: string | null;
  /** Whether a change is still to be stored. */
  readonly busy: boolean;
  readonly canUndo: boolean;
  /** Whether somebody sees what is told. */
  readonly attended: boolean;
  /** As the last answer had it. */
  readonly classifier: Classifier | null;
}

const NOTHING_TOLD = { said: '', notStored: null, unread: null };

export const NOTHING_LABELLED: LabellingState = {
  ...NOTHING_TOLD,
  labels: new Map(),
  busy: false,
  canUndo: false,
  attended: false,
  classifier: null,
};

/**
 * Labels of one classifier, and ways to change them and to take the last change back. They go on whatever the page shows
 * meanwhile: changes wait for their turn, and may fail after other candidates, or another part of the page, came.
 */
export class LabelChanges {
  private state = NOTHING_LABELLED;
  private readonly past = new LabelUndo();
  private waiting: readonly Turn[] = [];
  /** Whose labels are still to be read, with the next ones where that failed. */
  private readonly stale = new Set<string>();

  /**
   * @param id of the classifier
   * @param show is told of every change
   */
  constructor(
    private readonly id: string,
    private readonly show: (state: LabellingState) => void,
  ) {}

  /** Somebody looks, and sees what is told. @returns what ends that: they have seen it then */
  readonly attend = (): (() => void) => {
    this.set({ attended: true });
    return () => this.set({ ...NOTHING_TOLD, attended: false });
  };

  readonly read = (some: readonly string[]): void => this.inTurn({ work: () => this.refresh(some), changes: false });

  /** @param categories as they are called now; so for the others */
  assign(some: readonly string[], category: string, value: 'positive' | 'negative', categories: Categories): void {
    const stated = () => some.map((key) => ({ key, category, value }));
    const words = `${counted(some.length, 'image')}: ${value === 'negative' ? 'not ' : ''}${category}.`;
    this.change(stated, words, categories);
  }

  clear(some: readonly string[], categories: Categories): void {
    const stated = () =>
      some.flatMap((key) =>
        (this.state.labels.get(key) ?? []).map(({ category }): Statement => ({ key, category, value: 'cleared' })),
      );
    this.change(stated, `${counted(some.length, 'image')}: no label.`, categories);
  }

  /** Takes the last change back. */
  undo(categories: Categories): void {
    const work = async () => {
      const back = await this.past.takeBack(categories, (statements) => this.send(statements));
      if (!back) return;
      this.set({ said: back.words, canUndo: !this.past.isEmpty });
      await this.refresh(back.keys);
    };
    this.inTurn({ work, changes: true });
  }

  /** Sends it, and remembers what makes it undone. */
  private change(stated: () => readonly Statement[], words: string, categories: Categories): void {
    const work = async () => {
      const statements = stated();
      if (statements.length === 0) return;
      const report = await this.send(statements);
      this.past.keep(statements, report, this.state.labels, categories);
      const failed = report.results.filter(({ status }) => status === 'failed');
      const fault = failed[0]?.error;
      this.set({
        said: words + (fault ? ` ${failed.length} could not be labelled: ${fault.detail}` : ''),
        canUndo: !this.past.isEmpty,
      });
      await this.refresh(statements.map(({ key }) => key));
    };
    this.inTurn({ work, changes: true });
  }

  /** One thing after the other, for people are faster than the service. */
  private inTurn(turn: Turn): void {
    this.waiting = [...this.waiting, turn];
    if (turn.changes) this.set({ busy: true });
    if (this.waiting.length === 1) void this.workOff();
  }

  private async workOff(): Promise<void> {
    for (let [next] = this.waiting; next; [next] = this.waiting) {
      const { work, changes } = next;
      // A read leaves on show what a change has told.
      if (changes) this.set({ notStored: null });
      await work().catch((error: unknown) => this.giveUp(error));
      this.waiting = this.waiting.slice(1);
      this.set({ busy: this.waiting.some((one) => one.changes) });
    }
  }

  /**
   * After a change that failed the later ones are left undone, and told of: their images are not chosen any more. What was
   * to be read is read.
   */
  private giveUp(error: unknown): void {
    const [failed, ...later] = this.waiting;
    const reads = later.filter(({ changes }) => !changes);
    this.waiting = failed ? [failed, ...reads] : reads;
    const undone = later.length - reads.length;
    const rest = `${counted(undone, 'later change')} ${undone === 1 ? 'was' : 'were'} not stored either.`;
    this.set({ notStored: undone === 0 ? messageOf(error) : `${messageOf(error)} ${rest}` });
  }

  private async send(statements: readonly Statement[]): Promise<LabelReport> {
    const orders = statements.map(({ key, ...rest }) => {
      const own = OWN.exec(key)?.[1];
      return own === undefined ? { image: key, ...rest } : { example: own, ...rest };
    });
    const report = await post<LabelReport>(apiOf(this.id, '/labels'), { labels: orders, origin: ORIGIN });
    this.set({ classifier: report.classifier });
    return report;
  }

  /** A read that fails is told of, and keeps no change that waits from being stored. */
  private async refresh(some: readonly string[]): Promise<void> {
    for (const key of some) this.stale.add(key);
    try {
      await this.readLabels([...this.stale]);
      this.stale.clear();
      this.set({ unread: null });
    } catch (error) {
      this.set({ unread: messageOf(error) });
    }
  }

  private async readLabels(some: readonly string[]): Promise<void> {
    const fresh = new Map<string, Label[]>(some.map((key) => [key, []]));
    const own = some.flatMap((key) => OWN.exec(key)?.[1] ?? []);
    const read = async (what: string, ids: readonly string[]): Promise<void> => {
      for (let at = 0; at < ids.length; at += IDS_AT_ONCE) {
        const query = `${what}=${ids.slice(at, at + IDS_AT_ONCE).join(',')}&limit=1000`;
        // Each may have a label of every category.
        for (let after: string | null = ''; after !== null;) {
          const page: LabelPage = await get<LabelPage>(apiOf(this.id, `/labels?${query}${after}`));
          for (const label of page.labels) fresh.get(keyOf(label))?.push(label);
          after = page.nextCursor && `&cursor=${encodeURIComponent(page.nextCursor)}`;
        }
      }
    };
    await read(
      'images',
      some.filter((key) => !OWN.test(key)),
    );
    await read('examples', own);
    this.set({ labels: new Map([...this.state.labels, ...fresh]) });
  }

  private set(now: Partial<LabellingState>): void {
    this.state = { ...this.state, ...now };
    this.show(this.state);
  }
}

/** An image of the catalogue goes by its id, any other by that of its example. */
export const keyOf = ({ image, example }: { readonly image: string | null; readonly example: string }): string =>
  image ?? `example-${example}`;
