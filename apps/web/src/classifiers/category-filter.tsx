import { filterOf } from './words.js';
import type { Classifier } from './types.js';

const LEAST = 0.5;

/** Categories of every classifier in use: one click narrows the search to one, another takes that back. */
export function CategoryFilter(props: {
  classifiers: readonly Classifier[];
  filter: string;
  onFilter: (filter: string) => void;
}) {
  const conditions = props.filter.split(' and ').filter((one) => one !== '');
  const toggle = (classifier: Classifier, condition: string): void => {
    const taken = conditions.includes(condition);
    // An image is in one category of a single classifier: another one takes the place of the first.
    const rivals = classifier.kind === 'single' ? classifier.categories : [];
    const given = new Set([condition, ...rivals.map(({ name }) => filterOf(classifier, name, LEAST))]);
    const others = conditions.filter((one) => !given.has(one));
    props.onFilter((taken ? others : [...others, condition]).join(' and '));
  };
  return (
    <>
      {props.classifiers
        .filter(({ versionInUse }) => versionInUse !== null)
        .map((classifier) => (
          <div key={classifier.id} class="field" role="group" aria-label={`Only ${classifier.name}`}>
            <span>Only {classifier.name}</span>
            <div class="assign-line chips">
              {classifier.categories.map(({ id, name }) => {
                const condition = filterOf(classifier, name, LEAST);
                return (
                  <button
                    key={id}
                    type="button"
                    class="chip"
                    aria-pressed={conditions.includes(condition)}
                    onClick={() => toggle(classifier, condition)}
                  >
                    {name}
                  </button>
                );
              })}
            </div>
          </div>
        ))}
    </>
  );
}
