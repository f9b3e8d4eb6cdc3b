import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import { get, messageOf, post } from '../shared/api.js';
import { counted } from '../shared/format.js';
import { useAttempt } from '../shared/use-attempt.js';
import { LabelUndo, type Statement } from './label-undo.js';
import type { Classifier, Label, LabelPage, LabelReport } from './types.js';
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

/** Labels of the candidates on show, and ways to change them and to take the last change back. */
export function useLabelling(
  classifier: Classifier,
  candidates: readonly Candidate[],
  onChanged: (now: Classifier) => void,
) {
  const [labels, setLabels] = useState<ReadonlyMap<string, readonly Label[]>>(new Map());
  /** The newest of them, also for what waited since before they came. */
  const known = useRef(labels);
  const [said, setSaid] = useState('');
  const past = useRef(new LabelUndo());
  const { attempt, error, busy } = useAttempt();
  const waiting = useRef<Turn[]>([]);
  /** Whose labels are still to be read, with the next ones where that failed. */
  const stale = useRef(new Set<string>());
  const [unread, setUnread] = useState<string | null>(null);
  const keys = candidates.map(({ key }) => key).join(' ');
  const names = classifier.categories.map(({ name }) => name).join('\n');

  /**
   * One thing after the other, for people are faster than the service. After one that failed the rest is left undone, and
   * told of: its images are not chosen any more.
   */
  const inTurn = useCallback(
    (turn: Turn): void => {
      waiting.current.push(turn);
      if (waiting.current.length > 1) return;
      void attempt(async () => {
        try {
          for (let [next] = waiting.current; next; [next] = waiting.current) {
            await next.work();
            waiting.current.shift();
          }
        } catch (error) {
          const undone = waiting.current.slice(1).filter(({ changes }) => changes).length;
          if (undone === 0) throw error;
          const rest = `${counted(undone, 'later change')} ${undone === 1 ? 'was' : 'were'} not stored either.`;
          throw new Error(`${messageOf(error)} ${rest}`, { cause: error });
        } finally {
          waiting.current = [];
        }
      });
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
            const page: LabelPage = await get<LabelPage>(apiOf(classifier.id, `/labels?${query}${after}`));
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
    [classifier.id],
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
  // Labels go by the names of categories, which change beside.
  useEffect(() => {
    if (keys !== '') inTurn({ work: () => refresh(keys.split(' ')), changes: false });
  }, [keys, names, refresh]);

  const send = async (statements: readonly Statement[]): Promise<LabelReport> => {
    const orders = statements.map(({ key, ...rest }) => {
      const own = OWN.exec(key)?.[1];
      return own === undefined ? { image: key, ...rest } : { example: own, ...rest };
    });
    const report = await post<LabelReport>(apiOf(classifier.id, '/labels'), { labels: orders, origin: ORIGIN });
    onChanged(report.classifier);
    return report;
  };

  /** Sends it, and remembers what makes it undone. */
  const change = (stated: () => readonly Statement[], words: string) => {
    const work = async () => {
      const statements = stated();
      if (statements.length === 0) return;
      const report = await send(statements);
      past.current.keep(statements, report, known.current, classifier.categories);
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
      const back = await past.current.takeBack(classifier.categories, send);
      if (!back) return;
      setSaid(back.words);
      await refresh(back.keys);
    };
    inTurn({ work, changes: true });
  };

  return { labels, assign, clear, undo, canUndo: !past.current.isEmpty, said, error: error ?? unread, busy };
}

/** An image of the catalogue goes by its id, any other by that of its example. */
export const keyOf = ({ image, example }: { readonly image: string | null; readonly example: string }): string =>
  image ?? `example-${example}`;
