import { useEffect, useState } from 'preact/hooks';
import { isAbort, messageOf } from '../shared/api.js';
import { ErrorNote } from '../shared/notice.js';
import { type Candidates, loadCandidates, type Source } from './candidates.js';
import { Conflicts } from './conflicts.js';
import { Labeller } from './labeller.js';
import { OwnImages } from './own-images.js';
import type { Classifier } from './types.js';
import { nothingToSuggest } from './words.js';

const NOTHING: Candidates = { list: [], next: null };

/** Pictures from one of several sources, to be put into categories. */
export function LabelTab(props: { classifier: Classifier; onChanged: (now: Classifier) => void; retrained: number }) {
  const { classifier, onChanged } = props;
  const [source, setSource] = useState<Source | 'own'>({ from: 'suggested' });
  const [round, setRound] = useState(0);
  const from = source === 'own' ? 'own' : source.from;
  const { candidates, error, busy, more } = useCandidates(
    classifier.id,
    source === 'own' ? null : source,
    `${round} ${props.retrained}`,
  );
  const [category] = classifier.categories;

  return (
    <section aria-label="Label" class="tab">
      <div class="segments" role="group" aria-label="Which images">
        <Segment on={from === 'suggested'} onClick={() => setSource({ from: 'suggested' })}>
          Suggested
        </Segment>
        <Segment on={from === 'library'} onClick={() => setSource({ from: 'library' })}>
          Library
        </Segment>
        <Segment
          on={from === 'labelled'}
          disabled={!category}
          onClick={() => category && setSource({ from: 'labelled', category: category.name })}
        >
          Labelled
        </Segment>
        <Segment on={from === 'own'} onClick={() => setSource('own')}>
          Your files
        </Segment>
        {source !== 'own' && source.from === 'alike' && <Segment on>Like one image</Segment>}
      </div>
      {source === 'own' ? (
        <OwnImages classifier={classifier} onChanged={onChanged} />
      ) : (
        <>
          <p class="muted">
            {from === 'suggested' && said(classifier)}
            {from === 'library' && 'Newest first. Labels can also be given on the page of any search.'}
            {from === 'alike' && 'The image and what looks like it, most alike first.'}
            {from === 'labelled' && 'What is labelled now; choose images to correct them.'}
          </p>
          {source.from === 'labelled' && (
            <label class="field narrow">
              <span>Category</span>
              <select
                value={source.category}
                onChange={({ currentTarget }) => setSource({ from: 'labelled', category: currentTarget.value })}
              >
                {classifier.categories.map(({ id, name }) => (
                  <option key={id}>{name}</option>
                ))}
              </select>
            </label>
          )}
          <ErrorNote error={error} />
          {busy && candidates.list.length === 0 && <p class="nothing">Looking…</p>}
          {!busy && candidates.list.length === 0 && error === null && (
            <p class="nothing">{from === 'suggested' ? nothingToSuggest(classifier) : 'There is nothing here.'}</p>
          )}
          {candidates.list.length > 0 && (
            <Labeller
              key={classifier.id}
              classifier={classifier}
              candidates={candidates.list}
              onChanged={onChanged}
              onAlike={(id) => setSource({ from: 'alike', id })}
              onMore={
                candidates.next !== null
                  ? { words: 'More', more }
                  : from === 'suggested'
                    ? { words: 'Other suggestions', more: () => setRound((before) => before + 1) }
                    : undefined
              }
            />
          )}
          {from === 'labelled' && <Conflicts classifier={classifier} />}
        </>
      )}
    </section>
  );
}

const said = ({ versionInUse }: Classifier): string =>
  versionInUse === null
    ? 'Images unlike each other; a few of each category are enough for a first round.'
    : `Images that version ${versionInUse} is least sure of, and unlike each other: labels here teach it most.`;

function Segment(props: { on: boolean; disabled?: boolean; onClick?: () => void; children: string }) {
  return (
    <button
      type="button"
      class="segment"
      aria-pressed={props.on}
      disabled={props.disabled ?? false}
      onClick={props.onClick}
    >
      {props.children}
    </button>
  );
}

/** @param again another one loads the first page anew */
function useCandidates(classifier: string, source: Source | null, again: string) {
  const [candidates, setCandidates] = useState(NOTHING);
  const [error, setError] = useState<string | null>(null);
  const [busy, setBusy] = useState(true);
  const [cursor, setCursor] = useState<string | null>(null);
  const key = JSON.stringify(source);
  useEffect(() => {
    setCandidates(NOTHING);
    setCursor(null);
  }, [key, classifier]);
  useEffect(() => {
    if (source === null) return;
    const controller = new AbortController();
    setError(null);
    setBusy(true);
    loadCandidates(classifier, source, cursor, controller.signal)
      .then(({ list, next }) => {
        setCandidates((before) => ({ list: cursor === null ? list : [...before.list, ...list], next }));
        setBusy(false);
      })
      .catch((thrown: unknown) => {
        if (isAbort(thrown)) return;
        setError(messageOf(thrown));
        setBusy(false);
      });
    return () => controller.abort();
  }, [classifier, key, cursor, again]);
  return { candidates, error, busy, more: () => setCursor(candidates.next) };
}
