import { useState } from 'preact/hooks';
import { patch, post, remove } from '../shared/api.js';
import { ErrorNote } from '../shared/notice.js';
import { classifierAt } from '../shared/route.js';
import { useAttempt } from '../shared/use-attempt.js';
import type { Category, Classifier, Counts } from './types.js';
import { apiOf } from './words.js';

/** The categories with their labels and their images in the library; they are added, renamed and removed here. */
export function CategoryList(props: {
  classifier: Classifier;
  counts: Counts | null;
  onChanged: (now?: Classifier) => void;
}) {
  const { classifier, counts } = props;
  const [fresh, setFresh] = useState('');
  const { attempt, error, busy } = useAttempt();
  /** @returns true where it was done */
  const change = (work: () => Promise<Classifier | void>) =>
    attempt(async () => {
      props.onChanged((await work()) ?? undefined);
      return true;
    });
  const path = (category: Category) => apiOf(classifier.id, `/categories/${category.id}`);
  const add = async () => {
    const name = fresh.trim();
    // The field is free for another one at once; what was refused is there again, unless another one is by then.
    setFresh('');
    if (!(await change(() => post<Classifier>(apiOf(classifier.id, '/categories'), { name }))))
      setFresh((now) => (now === '' ? name : now));
  };
  const rename = (category: Category) => {
    const name = prompt('New name of the category', category.name)?.trim();
    if (name && name !== category.name) void change(() => patch<Classifier>(path(category), { name }));
  };
  const drop = (category: Category) => {
    const labels = category.positives + category.negatives;
    if (labels === 0 || confirm(`Remove ${category.name} and its ${labels} labels?`))
      void change(() => remove(path(category)));
  };
  const imagesOf = new Map(counts?.categories.map(({ id, images }) => [id, images]));
  return (
    <div class="categories">
      <table>
        <thead>
          <tr>
            <th scope="col">Category</th>
            <th scope="col" class="number">
              Labels
            </th>
            <th scope="col" class="number" title="Images of the library that score at least 0.5">
              Images
            </th>
            <td />
          </tr>
        </thead>
        <tbody>
          {classifier.categories.map((category) => (
            <tr key={category.id}>
              <th scope="row">{category.name}</th>
              <td class="number">
                {category.positives}
                {classifier.kind === 'multi' && ` / ${category.negatives}`}
              </td>
              <td class="number">
                {classifier.versionInUse === null ? (
                  '–'
                ) : (
                  <a href={classifierAt(classifier.id, 'browse', category.name)}>{imagesOf.get(category.id) ?? '–'}</a>
                )}
              </td>
              <td class="tools">
                <button
                  type="button"
                  title="Rename"
                  aria-label={`Rename ${category.name}`}
                  onClick={() => rename(category)}
                >
                  ✎
                </button>
                <button
                  type="button"
                  title="Remove"
                  aria-label={`Remove ${category.name}`}
                  onClick={() => drop(category)}
                >
                  ×
                </button>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      <form
        class="row"
        onSubmit={(event) => {
          event.preventDefault();
          void add();
        }}
      >
        <input
          type="text"
          required
          maxLength={64}
          placeholder="New category"
          aria-label="New category"
          value={fresh}
          onInput={({ currentTarget }) => setFresh(currentTarget.value)}
        />
        <button class="button" disabled={busy || fresh.trim() === ''}>
          Add
        </button>
      </form>
      <ErrorNote error={error} />
    </div>
  );
}
