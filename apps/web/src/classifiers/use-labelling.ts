import { useCallback, useRef, useState } from 'preact/hooks';
import { get, messageOf, post } from '../shared/api.js';
import { counted } from '../shared/format.js';
import { useAttempt } from '../shared/use-attempt.js';
import { useClosingQuestion } from '../shared/use-closing-question.js';
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

/** Few enough for an address. */
const IDS_AT_ONCE = 300;
const OWN = /^example-(\d+)$/;
const ORIGIN = 'page';

export interface Labelling {
  /** Of the candidates that were read, by their keys. */
  readonly labels: ReadonlyMap<string, readonly Label[]>;
  readonly read: (some: readonly string[]) => void;
  readonly assign: (some: readonly string[], category: string, value: 'positive' | 'negative') => void;
  readonly clear: (some: readonly string[]) => void;
  /** Takes the last change back. */
  readonly undo: () => void;
  readonly canUndo: boolean;
  /** What became of the last change. */
  readonly said: string;
  readonly error: string | null;
  /** Whether a change is still to be stored. */
  readonly busy: boolean;
}

/**
 * Labels of one classifier, and ways to change them and to take the last change back. Whoever calls it outlives what is
 * on show: changes wait for their turn, and may fail after other candidates came.
 *
 * @param id of the classifier; always the same
 */
export function useLabelling(
  id: string,
  categories: readonly Category[],
  onChanged: (now: Classifier) => void,
): Labelling {
  const [labels, setLabels] = useState<ReadonlyMap<string, readonly Label[]>>(new Map());
  /** The newest of them, also for what waited since before they came. */
  const known = useRef(labels);
  const [said, setSaid] = useState('');
  const past = useRef(new LabelUndo());
  const { attempt, error } = useAttempt();
  const [busy, setBusy] = useState(false);
  useClosingQuestion(busy);
  const waiting = useRef<Turn[]>([]);
  /** Whose labels are still to be read, with the next ones where that failed. */
  const stale = useRef(new Set<string>());
  const [unread, setUnread] = useState<string | null>(null);

  /**
   * One thing after the other, for people are faster than the service. After a change that failed the later ones are left
   * undone, and told of: their images are not chosen any more. What was to be read is read.
   */
  const inTurn = useCallback(
    (turn: Turn): void => {
      const giveUp = (error: unknown): never => {
        const [failed, ...later] = waiting.current;
        const reads = later.filter(({ changes }) => !changes);
        waiting.current = failed ? [failed, ...reads] : reads;
        const undone = later.length - reads.length;
        if (undone === 0) throw error;
        const rest = `${counted(undone, 'later change')} ${undone === 1 ? 'was' : 'were'} not stored either.`;
        throw new Error(`${messageOf(error)} ${rest}`, { cause: error });
      };
      const workOff = async (): Promise<void> => {
        for (let [next] = waiting.current; next; [next] = waiting.current) {
          const { work, changes } = next;
          // A read leaves on show what a change has told.
          if (changes) await attempt(() => work().catch(giveUp));
          else await work();
          waiting.current.shift();
          setBusy(waiting.current.some((one) => one.changes));
        }
      };
      waiting.current.push(turn);
      if (turn.changes) setBusy(true);
      if (waiting.current.length === 1) void workOff();
    },
    [attempt],
  );

  const readLabels = useCallback(
    async (some: readonly string[]) => {
      const fresh = new Map<string, Label[]>(some.map((key) => [key, []]));
      const own = some.flatMap((key) => OWN.exec(key)?.[1] ?? []);
      const read = async (what: string, ids: readonly string[]): Promise<void> => {
        for (let at = 0; at < ids.length; at += IDS_AT_ONCE) {
          const query = `${what}=${ids.slice(at, at + IDS_AT_ONCE).join(',')}&limit=1000`;
          // Each may have a label of every category.
          for (let after: string | null = ''; after !== null;) {
            const page: LabelPage = await get<LabelPage>(apiOf(id, `/labels?${query}${after}`));
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
      known.current = new Map([...known.current, ...fresh]);
      setLabels(known.current);
    },
    [id],
  );
  /** A read that fails is told of, and keeps no change that waits from being stored. */
  const refresh = useCallback(
    async (some: readonly string[]) => {
      for (const key of some) stale.current.add(key);
      try {
        await readLabels([...stale.current]);
        stale.current.clear();
        setUnread(null);
      } catch (error) {
        setUnread(messageOf(error));
      }
    },
    [readLabels],
  );
  const read = useCallback(
    (some: readonly string[]) => inTurn({ work: () => refresh(some), changes: false }),
    [inTurn, refresh],
  );

  const send = async (statements: readonly Statement[]): Promise<LabelReport> => {
    const orders = statements.map(({ key, ...rest }) => {
      const own = OWN.exec(key)?.[1];
      return own === undefined ? { image: key, ...rest } : { example: own, ...rest };
    });
    const report = await post<LabelReport>(apiOf(id, '/labels'), { labels: orders, origin: ORIGIN });
    onChanged(report.classifier);
    return report;
  };

  /** Sends it, and remembers what makes it undone. */
  const change = (stated: () => readonly Statement[], words: string) => {
    const work = async () => {
      const statements = stated();
      if (statements.length === 0) return;
      const report = await send(statements);
      past.current.keep(statements, report, known.current, categories);
      const failed = report.results.filter(({ status }) => status === 'failed');
      const fault = failed[0]?.error;
      setSaid(words + (fault ? ` ${failed.length} could not be labelled: ${fault.detail}` : ''));
      await refresh(statements.map(({ key }) => key));
    };
    inTurn({ work, changes: true });
  };

  const assign = (some: readonly string[], category: string, value: 'positive' | 'negative') =>
    change(
      () => some.map((key) => ({ key, category, value })),
      `${counted(some.length, 'image')}: ${value === 'negative' ? 'not ' : ''}${category}.`,
    );

  const clear = (some: readonly string[]) =>
    change(
      () =>
        some.flatMap((key) =>
          (known.current.get(key) ?? []).map(({ category }): Statement => ({ key, category, value: 'cleared' })),
        ),
      `${counted(some.length, 'image')}: no label.`,
    );

  const undo = () => {
    const work = async () => {
      const back = await past.current.takeBack(categories, send);
      if (!back) return;
      setSaid(back.words);
      await refresh(back.keys);
    };
    inTurn({ work, changes: true });
  };

  return { labels, read, assign, clear, undo, canUndo: !past.current.isEmpty, said, error: error ?? unread, busy };
}

/** An image of the catalogue goes by its id, any other by that of its example. */
export const keyOf = ({ image, example }: { readonly image: string | null; readonly example: string }): string =>
  image ?? `example-${example}`;
