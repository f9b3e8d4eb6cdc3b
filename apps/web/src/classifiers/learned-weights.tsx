import { useState } from 'preact/hooks';
import { Thumbnail } from '../shared/thumbnail.js';
import type { Classifier, VersionDetail } from './types.js';
import { apiOf } from './words.js';

/** Categories from which on there is something to compare. */
const SEVERAL = 3;

/** What the head has learnt, drawn by the service when the fold is opened. */
export function LearnedWeights({ classifier, detail }: { classifier: Classifier; detail: VersionDetail }) {
  const [open, setOpen] = useState(false);
  const chart = (name: string) => apiOf(classifier.id, `/versions/${detail.version}/charts/${name}.svg`);
  const compared = detail.kind !== 'mlp' && classifier.categories.length >= SEVERAL;
  return (
    <details class="block learned" onToggle={({ currentTarget }) => setOpen(currentTarget.open)}>
      <summary>What it has learnt</summary>
      {open && (
        <>
          <Thumbnail eager src={chart('weights')} alt="How the learned weights are spread" />
          {compared && (
            <Thumbnail eager src={chart('category-weights')} alt="The weights of each category against every other's" />
          )}
        </>
      )}
    </details>
  );
}
