import { useState } from 'preact/hooks';
import { classifierAt, CLASSIFIERS } from '../shared/route.js';
import type { Hit, Image } from '../shared/types.js';
import { candidateOf } from './candidates.js';
import type { Candidate } from './label-changes.js';
import { Labeller } from './labeller.js';
import type { Classifier } from './types.js';
import { type Labelling, type Labellings, useAttending } from './use-labellings.js';

/** The results of a search, and the image it began with, to be put into categories. */
export function LabelHits(props: {
  classifiers: readonly Classifier[];
  labellings: Labellings;
  query: Image | null;
  hits: readonly Hit[];
  onDone: () => void;
}) {
  const [changed, setChanged] = useState<Classifier | null>(null);
  const [id, setId] = useState(props.classifiers[0]?.id ?? '');
  const classifier = changed?.id === id ? changed : props.classifiers.find((one) => one.id === id);
  const candidates = [
    ...(props.query ? [candidateOf(props.query, 'query')] : []),
    ...props.hits.map((hit) => candidateOf(hit, hit.score.toFixed(3))),
  ];
  return (
    <div class="tab">
      <div class="row wrap">
        <label class="field">
          <span>Classifier</span>
          <select value={id} onChange={({ currentTarget }) => setId(currentTarget.value)}>
            {props.classifiers.map((one) => (
              <option key={one.id} value={one.id}>
                {one.name}
              </option>
            ))}
          </select>
        </label>
        <button type="button" class="button" onClick={props.onDone}>
          Done
        </button>
        {classifier ? (
          <a href={classifierAt(classifier.id)}>Categories and training</a>
        ) : (
          <a href={CLASSIFIERS}>Make a classifier first</a>
        )}
      </div>
      {classifier && (
        <HitsLabeller
          key={id}
          classifier={classifier}
          candidates={candidates}
          labelling={props.labellings.of(id)}
          onChanged={setChanged}
        />
      )}
    </div>
  );
}

function HitsLabeller(props: {
  classifier: Classifier;
  candidates: readonly Candidate[];
  labelling: Labelling;
  onChanged: (now: Classifier) => void;
}) {
  const { classifier, candidates, labelling } = props;
  useAttending(labelling, props.onChanged);
  return <Labeller classifier={classifier} candidates={candidates} labelling={labelling} />;
}
