import { useState } from 'preact/hooks';
import { ErrorNote } from '../shared/notice.js';
import { usePages } from '../shared/use-pages.js';
import { loadCandidates, nameOf, type Source } from './candidates.js';
import { Conflicts } from './conflicts.js';
import type { Candidate } from './label-changes.js';
import { Labeller } from './labeller.js';
import { OwnImages } from './own-images.js';
import type { Classifier } from './types.js';
import type { LabelSending } from './use-label-queues.js';
import type { Labelling } from './use-labellings.js';
import { nothingToSuggest } from './words.js';

/** Pictures from one of several sources, to be put into categories. */
export function LabelTab(props: {
  classifier: Classifier;
  /** Labels from own files, on their way. */
  sending: LabelSending;
  labelling: Labelling;
  retrained: number;
}) {
  const { classifier, sending, labelling } = props;
  const { categories } = classifier;
  const [chosen, setSource] = useState<Source | 'own'>(sending.running ? 'own' : { from: 'suggested' });
  const source = presentOf(chosen, categories);
  const [round, setRound] = useState(0);
  const from = source === 'own' ? 'own' : source.from;
  // What is labelled is asked for by it.
  const name = source !== 'own' && source.from === 'labelled' ? nameOf(source.category, categories) : '';
  const {
    items: candidates,
    error,
    busy,
    done,
    more,
  } = usePages<Candidate>(
    source === 'own' ? null : (cursor, signal) => loadCandidates(classifier, source, cursor, signal),
    JSON.stringify([classifier.id, source]),
    `${round} ${props.retrained} ${name}`,
  );
  const [category] = categories;

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
          onClick={() => category && setSource({ from: 'labelled', category: category.id })}
        >
          Labelled
        </Segment>
        <Segment on={from === 'own'} onClick={() => setSource('own')}>
          {`Your files${howFar(sending)}`}
        </Segment>
        {source !== 'own' && source.from === 'alike' && <Segment on>Like one image</Segment>}
      </div>
      {candidates.length === 0 && <ErrorNote error={labelling.error} />}
      {source === 'own' ? (
        <OwnImages classifier={classifier} sending={sending} />
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
                {categories.map(({ id, name }) => (
                  <option key={id} value={id}>
                    {name}
                  </option>
                ))}
              </select>
            </label>
          )}
          <ErrorNote error={error} onRetry={more} />
          {busy && candidates.length === 0 && <p class="nothing">Looking…</p>}
          {!busy && candidates.length === 0 && error === null && (
            <p class="nothing">{from === 'suggested' ? nothingToSuggest(classifier) : 'There is nothing here.'}</p>
          )}
          {candidates.length > 0 && (
            <Labeller
              classifier={classifier}
              candidates={candidates}
              labelling={labelling}
              onAlike={(id) => setSource({ from: 'alike', id })}
              onMore={
                !done
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

/** What is labelled with a category that was removed is that of the first one. */
function presentOf(source: Source | 'own', categories: Classifier['categories']): Source | 'own' {
  if (source === 'own' || source.from !== 'labelled' || categories.some(({ id }) => id === source.category))
    return source;
  const [first] = categories;
  return first ? { from: 'labelled', category: first.id } : { from: 'suggested' };
}

const said = ({ versionInUse }: Classifier): string =>
  versionInUse === null
    ? 'Images unlike each other; a few of each category are enough for a first round.'
    : `Images that version ${versionInUse} is least sure of, and unlike each other: labels here teach it most.`;

/** Seen also while other pictures are on show. */
function howFar({ running, results, total }: LabelSending): string {
  if (running) return ` · ${results.length} of ${total}`;
  const failed = results.filter(({ fault }) => fault !== null).length;
  return failed > 0 ? ` · ${failed} failed` : '';
}

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
