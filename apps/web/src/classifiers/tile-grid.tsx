import { useRef } from 'preact/hooks';
import { Thumbnail } from '../shared/thumbnail.js';
import type { Label } from './types.js';
import type { Candidate } from './label-changes.js';

const STEPS: Readonly<Record<string, number>> = { ArrowLeft: -1, ArrowRight: 1 };

/** Pictures to choose from: a click or Space takes one, Shift takes all up to it, arrows walk. */
export function TileGrid(props: {
  candidates: readonly Candidate[];
  labels: ReadonlyMap<string, readonly Label[]>;
  chosen: ReadonlySet<string>;
  onChosen: (chosen: ReadonlySet<string>) => void;
}) {
  const { candidates, labels, chosen, onChosen } = props;
  const grid = useRef<HTMLUListElement>(null);
  const last = useRef(0);

  const toggle = (at: number, upTo: boolean): void => {
    const next = new Set(chosen);
    const from = upTo ? Math.min(last.current, at) : at;
    const to = upTo ? Math.max(last.current, at) : at;
    const take = upTo || !chosen.has(candidates[at]?.key ?? '');
    for (const { key } of candidates.slice(from, to + 1)) {
      if (take) next.add(key);
      else next.delete(key);
    }
    last.current = at;
    onChosen(next);
  };

  const walk = (event: KeyboardEvent, at: number): void => {
    const tiles = [...(grid.current?.querySelectorAll('button') ?? [])];
    const inRow = tiles.filter((tile) => tile.offsetTop === tiles[0]?.offsetTop).length;
    const step = STEPS[event.key] ?? { ArrowUp: -inRow, ArrowDown: inRow }[event.key];
    const next = step === undefined ? undefined : tiles[at + step];
    if (!next) return;
    event.preventDefault();
    next.focus();
    if (event.shiftKey) toggle(at + (step ?? 0), true);
  };

  return (
    <ul class="grid" ref={grid}>
      {candidates.map(({ key, thumbnailUrl, title, note }, at) => {
        const mine = labels.get(key) ?? [];
        return (
          <li key={key}>
            <button
              type="button"
              role="checkbox"
              aria-checked={chosen.has(key)}
              aria-label={[title, ...mine.map(wordsOf)].join(', ')}
              title={title}
              class={`tile pick${mine.length > 0 ? ' labelled' : ''}`}
              onClick={(event) => toggle(at, event.shiftKey)}
              onKeyDown={(event) => walk(event, at)}
            >
              <Thumbnail src={thumbnailUrl} alt="" />
              {note !== undefined && <span class="score">{note}</span>}
              {mine.length > 0 && <span class="badge">{mine.map(wordsOf).join(', ')}</span>}
            </button>
          </li>
        );
      })}
    </ul>
  );
}

const wordsOf = ({ category, value }: Label): string => (value === 'negative' ? `not ${category}` : category);
