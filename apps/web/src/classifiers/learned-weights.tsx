import { useState } from 'preact/hooks';
import { Thumbnail } from '../shared/thumbnail.js';
import type { Classifier, VersionDetail } from './types.js';
import { apiOf } from './words.js';

const CHARTS = [
  { name: 'weights', alt: 'How the learned weights are spread' },
  { name: 'category-weights', alt: "The weights of each category against every other's" },
];

/** What the head has learnt, drawn by the service when the fold is opened; not every head has every chart. */
export function LearnedWeights({ classifier, detail }: { classifier: Classifier; detail: VersionDetail }) {
  const [open, setOpen] = useState(false);
  const chart = (name: string) => apiOf(classifier.id, `/versions/${detail.version}/charts/${name}.svg`);
  return (
    <details class="block learned" onToggle={({ currentTarget }) => setOpen(currentTarget.open)}>
      <summary>What it has learnt</summary>
      {open && CHARTS.map(({ name, alt }) => <Thumbnail key={name} eager src={chart(name)} alt={alt} missing={null} />)}
    </details>
  );
}
