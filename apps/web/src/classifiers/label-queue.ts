import { get, post } from '../shared/api.js';
import { NOTHING_SENT, SendQueue, type SendState } from '../shared/send-queue.js';
import type { LabelFile, LabelRow } from './label-files.js';
import type { Classifier, LabelReport, LabelValue } from './types.js';
import { apiOf } from './words.js';

const FILES_AT_ONCE = 16;
const ROWS_AT_ONCE = 1000;

/** A picture of a person's own, or an image of the catalogue by its id, with what it shows. */
export type LabelItem = (LabelFile & { readonly value: LabelValue }) | LabelRow;

/** What became of an item. */
export interface Labelled {
  readonly what: string;
  /** Why it could not be labelled; null: it could. */
  readonly fault: string | null;
}

export interface LabelState extends SendState<Labelled> {
  /** As the last answer had it. */
  readonly classifier: Classifier | null;
}

export const NO_LABELS: LabelState = { ...NOTHING_SENT, classifier: null };

/** The service, for one classifier. */
export interface LabelService {
  readonly read: () => Promise<Classifier>;
  readonly addCategory: (name: string) => Promise<Classifier>;
  /** All files of one category and value, or all rows. */
  readonly label: (items: readonly LabelItem[]) => Promise<LabelReport>;
}

/** Labels of one classifier on their way to the service; categories that are new are made first. */
export class LabelQueue {
  private state = NO_LABELS;
  private categories = new Set<string>();
  private readonly queue: SendQueue<LabelItem, Labelled>;

  /**
   * @param show is told of every change
   * @param answers says, after a while, whether the service answers
   */
  constructor(
    private readonly show: (state: LabelState) => void,
    private readonly service: LabelService,
    answers?: () => Promise<boolean>,
  ) {
    const sending = {
      most: (first: LabelItem) => ('file' in first ? FILES_AT_ONCE : ROWS_AT_ONCE),
      together: (one: LabelItem, other: LabelItem) =>
        'file' in one
          ? 'file' in other && one.category === other.category && one.value === other.value
          : !('file' in other),
      send: (items: readonly LabelItem[]) => this.send(items),
      fileOf: (item: LabelItem) => ('file' in item ? item.file : null),
      failed: (item: LabelItem, detail: string): Labelled => ({ what: whatOf(item), fault: detail }),
    };
    this.queue = new SendQueue((now) => this.set(now), sending, answers);
  }

  /** @param classifier as it is now */
  add(items: readonly LabelItem[], { categories }: Classifier): void {
    this.categories = new Set(categories.map(({ name }) => name));
    this.queue.add(items);
  }

  /** Nothing more is sent; what is under way arrives. */
  cancel(): void {
    this.queue.cancel();
  }

  private async send(items: readonly LabelItem[]): Promise<Labelled[]> {
    await this.make([...new Set(items.map(({ category }) => category))]);
    const { results, classifier } = await this.service.label(items);
    this.set({ classifier });
    return items.map((item, at) => ({ what: whatOf(item), fault: results[at]?.error?.detail ?? null }));
  }

  /** Each once: a category that is renamed or removed meanwhile does not come back. */
  private async make(names: readonly string[]): Promise<void> {
    const lacking = names.filter((name) => !this.categories.has(name));
    if (lacking.length === 0) return;
    // Another page may have made it, or a request whose answer was lost.
    const { categories } = await this.service.read();
    for (const { name } of categories) this.categories.add(name);
    for (const name of lacking) {
      if (!this.categories.has(name)) this.set({ classifier: await this.service.addCategory(name) });
      this.categories.add(name);
    }
  }

  private set(now: Partial<LabelState>): void {
    this.state = { ...this.state, ...now };
    this.show(this.state);
  }
}

const whatOf = (item: LabelItem): string =>
  'file' in item ? item.file.webkitRelativePath || item.file.name : `image ${item.image}`;

/** @param id of the classifier */
export const labelServiceOf = (id: string): LabelService => ({
  read: () => get(apiOf(id)),
  addCategory: (name) => post(apiOf(id, '/categories'), { name }),
  label: (items) => {
    const [first] = items;
    if (!first || !('file' in first)) return post(apiOf(id, '/labels'), { labels: items, origin: 'page' });
    const form = new FormData();
    for (const item of items) if ('file' in item) form.append('files', item.file);
    const query = new URLSearchParams({ category: first.category, value: first.value, origin: 'page' });
    return post(apiOf(id, `/examples?${query}`), form);
  },
});
