import { useState } from 'preact/hooks';
import { get, post } from '../shared/api.js';
import { counted } from '../shared/format.js';
import { ErrorNote } from '../shared/notice.js';
import { classifierAt, LIBRARY, useGoing } from '../shared/route.js';
import { useAttempt } from '../shared/use-attempt.js';
import { useLoad } from '../shared/use-load.js';
import type { Classifier } from './types.js';

/** All classifiers, and a form for another one. */
export function ClassifiersPage() {
  const { value, error } = useLoad((signal) => get<{ classifiers: Classifier[] }>('/v1/classifiers', signal), []);
  return (
    <>
      <a href={LIBRARY} class="back">
        ← Library
      </a>
      <section aria-labelledby="classifiers-title">
        <div class="section-head">
          <h1 id="classifiers-title">Classifiers</h1>
        </div>
        <p class="muted">
          Teach the service your own categories: label a few images, train in seconds, then filter searches by them.
        </p>
        <ErrorNote error={error} />
        <ul class="cards">
          {value?.classifiers.map((classifier) => (
            <li key={classifier.id}>
              <a class="card" href={classifierAt(classifier.id)}>
                <strong>{classifier.name}</strong>
                <span class="muted">{summaryOf(classifier)}</span>
                <span>
                  {classifier.categories
                    .slice(0, 8)
                    .map(({ name }) => name)
                    .join(', ')}
                  {classifier.categories.length > 8 && ' …'}
                </span>
              </a>
            </li>
          ))}
        </ul>
      </section>
      <NewClassifier open={value?.classifiers.length === 0} />
    </>
  );
}

function summaryOf({ kind, categories, versionInUse }: Classifier): string {
  const labels = categories.reduce((sum, { positives, negatives }) => sum + positives + negatives, 0);
  const parts = [
    kind === 'single' ? 'one category an image' : 'yes/no questions',
    `${categories.length} ${categories.length === 1 ? 'category' : 'categories'}`,
    counted(labels, 'label'),
    versionInUse === null ? 'not in use yet' : `version ${versionInUse} in use`,
  ];
  return parts.join(' · ');
}

function NewClassifier({ open }: { open: boolean }) {
  const [name, setName] = useState('');
  const [categories, setCategories] = useState('');
  const [kind, setKind] = useState<Classifier['kind']>('single');
  const { attempt, error, busy } = useAttempt();
  const go = useGoing();
  const create = () =>
    attempt(async () => {
      const names = categories.split(/[,\n]/).map((one) => one.trim());
      const made = await post<Classifier>('/v1/classifiers', {
        name: name.trim(),
        kind,
        categories: names.filter((one) => one !== ''),
      });
      go(classifierAt(made.id));
    });
  return (
    <details class="panel" open={open}>
      <summary>New classifier</summary>
      <form
        class="panel-form"
        onSubmit={(event) => {
          event.preventDefault();
          void create();
        }}
      >
        <label class="field">
          <span>Name</span>
          <input
            type="text"
            required
            maxLength={64}
            placeholder="flowers"
            value={name}
            onInput={({ currentTarget }) => setName(currentTarget.value)}
          />
        </label>
        <label class="field">
          <span>Categories, with commas between them; more can come later</span>
          <input
            type="text"
            placeholder="iris, bluebell, daisy"
            value={categories}
            onInput={({ currentTarget }) => setCategories(currentTarget.value)}
          />
        </label>
        <fieldset class="choice">
          <legend>An image is</legend>
          <label class="check">
            <input type="radio" name="kind" checked={kind === 'single'} onChange={() => setKind('single')} /> in exactly
            one category
          </label>
          <label class="check">
            <input type="radio" name="kind" checked={kind === 'multi'} onChange={() => setKind('multi')} /> in any
            number of them: each is a yes/no question
          </label>
        </fieldset>
        <ErrorNote error={error} />
        <button class="button primary" disabled={busy}>
          Make it
        </button>
      </form>
    </details>
  );
}
