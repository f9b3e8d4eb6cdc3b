import { useEffect, useState } from 'preact/hooks';
import { get, isAbort, messageOf } from '../shared/api.js';
import { counted, fileName } from '../shared/format.js';
import { ErrorNote } from '../shared/notice.js';
import { classifierAt, similarWhere } from '../shared/route.js';
import { Thumbnail } from '../shared/thumbnail.js';
import { useSettled } from '../shared/use-settled.js';
import type { Classifier, Counts, ScoredPage } from './types.js';
import { apiOf, filterOf } from './words.js';

const PAGE = 60;
type Scored = ScoredPage['images'];

/** The images of the library that the version in use puts into a category, best first. */
export function BrowseTab(props: { classifier: Classifier; category: string | null; counts: Counts | null }) {
  const { classifier, counts } = props;
  const [least, setLeast] = useState(0.5);
  const [category] =
    classifier.categories.filter(({ name }) => name === props.category).concat(classifier.categories) ?? [];
  const settled = useSettled({ least });
  const { images, error, more, done } = useScored(classifier, category?.name ?? null, settled.least);
  if (classifier.versionInUse === null || !category)
    return <p class="nothing">No version is in use yet, so nothing is scored. Label, then train.</p>;
  return (
    <section aria-label="Browse" class="tab">
      <nav class="assign-line" aria-label="Category">
        {counts?.categories.map(({ id, name, images: count }) => (
          <a
            key={id}
            class="chip"
            aria-current={name === category.name ? 'page' : undefined}
            href={classifierAt(classifier.id, 'browse', name)}
          >
            {name} <span class="muted">{count}</span>
          </a>
        ))}
      </nav>
      <label class="field narrow">
        <span>
          Least score <output>{least.toFixed(2)}</output>
        </span>
        <input
          type="range"
          min="0"
          max="1"
          step="0.01"
          value={least}
          onInput={({ currentTarget }) => setLeast(currentTarget.valueAsNumber)}
        />
      </label>
      <p class="muted">
        Click an image to search among these only; the filter is{' '}
        <code>{filterOf(classifier, category.name, settled.least)}</code>.
      </p>
      <ErrorNote error={error} />
      {done && images.length === 0 && <p class="nothing">No image scores as high. Lower the least score.</p>}
      <ol class="grid">
        {images.map(({ score, image }) => (
          <li key={image.id}>
            <a
              class="tile"
              href={similarWhere(image.id, filterOf(classifier, category.name, settled.least))}
              title={image.source ?? ''}
              aria-label={`${fileName(image.source)}, ${category.name} ${score.toFixed(3)}`}
            >
              <Thumbnail src={image.thumbnailUrl} alt="" />
              <span class="score">{score.toFixed(3)}</span>
              <span class="meter" style={{ width: `${score * 100}%` }} />
            </a>
          </li>
        ))}
      </ol>
      {!done && images.length > 0 && (
        <button type="button" class="button more" onClick={more}>
          More than these {counted(images.length, 'image')}
        </button>
      )}
    </section>
  );
}

function useScored({ id, versionInUse }: Classifier, category: string | null, least: number) {
  const [images, setImages] = useState<Scored>([]);
  const [next, setNext] = useState<string | null>(null);
  const [cursor, setCursor] = useState<string | null>(null);
  const [done, setDone] = useState(false);
  const [error, setError] = useState<string | null>(null);
  useEffect(() => setCursor(null), [id, category, least, versionInUse]);
  useEffect(() => {
    if (category === null || versionInUse === null) return;
    const controller = new AbortController();
    const query = new URLSearchParams({ minScore: String(least), limit: String(PAGE) });
    if (cursor !== null) query.set('cursor', cursor);
    setError(null);
    get<ScoredPage>(apiOf(id, `/categories/${encodeURIComponent(category)}/images?${query}`), controller.signal)
      .then((page) => {
        setImages((before) => (cursor === null ? page.images : [...before, ...page.images]));
        setNext(page.nextCursor);
        setDone(page.nextCursor === null);
      })
      .catch((thrown: unknown) => !isAbort(thrown) && setError(messageOf(thrown)));
    return () => controller.abort();
  }, [id, category, least, versionInUse, cursor]);
  return { images, error, done, more: () => setCursor(next) };
}
