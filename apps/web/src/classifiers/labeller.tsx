import { useEffect, useState } from 'preact/hooks';
import { counted } from '../shared/format.js';
import { ErrorNote } from '../shared/notice.js';
import type { Candidate } from './label-changes.js';
import { NotCheck } from './not-check.js';
import { TileGrid } from './tile-grid.js';
import type { Classifier } from './types.js';
import type { Labelling } from './use-labellings.js';

/** Categories that have a digit of their own on the keyboard. */
const DIGITS = 9;

/** Pictures, and under them the categories to put the chosen ones into. */
export function Labeller(props: {
  classifier: Classifier;
  candidates: readonly Candidate[];
  labelling: Labelling;
  /** Shows what looks like the one image that is chosen. */
  onAlike?: (id: string) => void;
  onMore?: { readonly words: string; readonly more: () => void } | undefined;
}) {
  const { classifier, candidates, labelling } = props;
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const [negative, setNegative] = useState(false);
  const { labels, read, canUndo, busy } = labelling;
  const { categories } = classifier;
  const shown = candidates.filter(({ key }) => chosen.has(key));
  const candidateKeys = candidates.map(({ key }) => key).join(' ');
  const names = categories.map(({ name }) => name).join('\n');
  // Labels go by the names of categories, which change beside.
  useEffect(() => {
    if (candidateKeys !== '') read(candidateKeys.split(' '));
  }, [candidateKeys, names, read]);
  const [only] = shown.length === 1 ? shown : [];

  const put = (category: string | null): void => {
    if (shown.length === 0) return;
    const keys = shown.map(({ key }) => key);
    if (category === null) labelling.clear(keys, categories);
    else labelling.assign(keys, category, negative ? 'negative' : 'positive', categories);
    setChosen(new Set());
  };
  const undo = (): void => labelling.undo(categories);
  const all = (): void => setChosen(new Set(candidates.map(({ key }) => key)));

  useKeys((event) => {
    const category = categories[Number(event.key) - 1];
    if (/^[1-9]$/.test(event.key) && category) put(category.name);
    else if (event.key === 'z' && canUndo && !busy) undo();
    else if (event.key === 'a') all();
    else if (event.key === 'Escape') setChosen(new Set());
    else return;
    event.preventDefault();
  });

  return (
    <div class="labeller">
      <TileGrid candidates={candidates} labels={labels} chosen={chosen} onChosen={setChosen} />
      {props.onMore && (
        <button type="button" class="button more" onClick={props.onMore.more}>
          {props.onMore.words}
        </button>
      )}
      <div class="assign" role="toolbar" aria-label="What the chosen images show">
        <div class="assign-line">
          <strong>{counted(shown.length, 'image')} chosen</strong>
          <button type="button" class="link" onClick={all}>
            All
          </button>
          <button type="button" class="link" disabled={shown.length === 0} onClick={() => setChosen(new Set())}>
            None
          </button>
          <button type="button" class="link" disabled={!canUndo || busy} onClick={undo}>
            Undo
          </button>
          {props.onAlike && (
            <button
              type="button"
              class="link"
              disabled={!only || !/^\d+$/.test(only.key)}
              title="Shows what looks like the one chosen image"
              onClick={() => only && props.onAlike?.(only.key)}
            >
              What looks like it?
            </button>
          )}
          <span class="muted said" role="status">
            {labelling.said}
          </span>
          {labelling.said === '' && (
            <span class="muted hint">1–9 category, A all, Z undo, Esc none; Shift-click takes several</span>
          )}
        </div>
        <ErrorNote error={labelling.error} />
        <div class="assign-line choices">
          {classifier.kind === 'multi' && <NotCheck said="is not" checked={negative} onChecked={setNegative} />}
          {categories.map(({ id, name }, at) => (
            <button key={id} type="button" class="chip" disabled={shown.length === 0} onClick={() => put(name)}>
              {at < DIGITS && <kbd>{at + 1}</kbd>}
              {name}
            </button>
          ))}
          <button
            type="button"
            class="chip quiet"
            disabled={!shown.some(({ key }) => (labels.get(key) ?? []).length > 0)}
            onClick={() => put(null)}
          >
            no label
          </button>
          {categories.length === 0 && (
            <span class="muted">Add the first categories beside; then choose images and say what they show.</span>
          )}
        </div>
      </div>
    </div>
  );
}

/** Keys of the whole page, except while somebody writes. */
function useKeys(onKey: (event: KeyboardEvent) => void): void {
  useEffect(() => {
    const listen = (event: KeyboardEvent): void => {
      const { target } = event;
      const isWriting =
        target instanceof HTMLElement &&
        target.matches('input:not([type=checkbox]):not([type=range]), select, textarea');
      if (!isWriting && !event.ctrlKey && !event.metaKey && !event.altKey) onKey(event);
    };
    addEventListener('keydown', listen);
    return () => removeEventListener('keydown', listen);
  });
}
