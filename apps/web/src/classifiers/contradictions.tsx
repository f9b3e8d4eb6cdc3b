import { similarTo } from '../shared/route.js';
import { Thumbnail } from '../shared/thumbnail.js';
import { thumbnailOf } from './candidates.js';
import type { Contradiction } from './types.js';
import { labelsInWords } from './words.js';

/** Near-duplicates of each other that were labelled differently; click one to see what looks like it. */
export function Contradictions(props: { classifier: string; contradictions: readonly Contradiction[] }) {
  const open = props.contradictions.filter(({ state }) => state === 'open');
  const settled = props.contradictions.length - open.length;
  if (props.contradictions.length === 0) return null;
  return (
    <section aria-labelledby="contradictions-title" class="block">
      <h3 id="contradictions-title">Nearly the same picture, labelled differently</h3>
      <p class="muted">
        {open.length === 0
          ? 'None is open.'
          : 'The images of each row look alike, so one of their labels is likely to be wrong.'}
        {settled > 0 && ` ${settled} settled since.`}
      </p>
      <ul class="contradictions">
        {open.map(({ duplicates }) => (
          <li key={duplicates.map(({ example }) => example).join()}>
            {duplicates.map((one) => (
              <figure key={one.example}>
                <Picture classifier={props.classifier} one={one} />
                <figcaption>
                  <strong>{labelsInWords(one.labels)}</strong>
                  <span class="muted">
                    {one.name ?? (one.image === null ? `example ${one.example}` : `image ${one.image}`)}
                  </span>
                </figcaption>
              </figure>
            ))}
          </li>
        ))}
      </ul>
    </section>
  );
}

function Picture({ classifier, one }: { classifier: string; one: Contradiction['duplicates'][number] }) {
  const picture = <Thumbnail src={thumbnailOf(classifier, one)} alt={`Labelled ${labelsInWords(one.labels)}`} />;
  if (one.image === null) return <span class="doubt-picture">{picture}</span>;
  return (
    <a class="doubt-picture" href={similarTo(one.image)}>
      {picture}
    </a>
  );
}
