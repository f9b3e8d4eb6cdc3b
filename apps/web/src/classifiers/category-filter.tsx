import { conditionsOf, toggled } from './category-conditions.js';
import { filterOf } from './words.js';
import type { Classifier } from './types.js';

const LEAST = 0.5;

/** Categories of every classifier in use: one click narrows the search to one, another takes that back. */
export function CategoryFilter(props: {
  classifiers: readonly Classifier[];
  filter: string;
  onFilter: (filter: string) => void;
}) {
  const conditions = conditionsOf(props.filter);
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
                    onClick={() => props.onFilter(toggled(props.filter, classifier, name, LEAST))}
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
