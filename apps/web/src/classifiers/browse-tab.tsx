import { useState } from 'preact/hooks';
import { get } from '../shared/api.js';
import { counted, fileName } from '../shared/format.js';
import { ErrorNote } from '../shared/notice.js';
import type { Page } from '../shared/pager.js';
import { classifierAt, similarWhere } from '../shared/route.js';
import { Thumbnail } from '../shared/thumbnail.js';
import { usePages } from '../shared/use-pages.js';
import { useSettled } from '../shared/use-settled.js';
import type { Classifier, Counts, ScoredPage } from './types.js';
import { apiOf, filterOf } from './words.js';

const PAGE = 60;
type ScoredImage = ScoredPage['images'][number];

/** The images of the library that the version in use puts into a category, best first. */
export function BrowseTab(props: { classifier: Classifier; category: string | null; counts: Counts | null }) {
  const { classifier, counts } = props;
  const { categories } = classifier;
  const category = props.category === null ? categories[0] : categories.find(({ name }) => name === props.category);
  if (classifier.versionInUse === null || categories.length === 0)
    return <p class="nothing">No version is in use yet, so nothing is scored. Label, then train.</p>;
  const countOf = new Map(counts?.categories.map(({ id, images: count }) => [id, count]));
  return (
    <section aria-label="Browse" class="tab">
      <nav class="assign-line" aria-label="Category">
        {categories.map(({ id, name }) => (
          <a
            key={id}
            class="chip"
            aria-current={id === category?.id ? 'page' : undefined}
            href={classifierAt(classifier.id, 'browse', name)}
          >
            {name} <span class="muted">{countOf.get(id)}</span>
          </a>
        ))}
      </nav>
      {category ? (
        <Scored classifier={classifier} category={category.name} />
      ) : (
        <p class="nothing">There is no category “{props.category}”.</p>
      )}
    </section>
  );
}

/** What scores high enough in one category. */
function Scored({ classifier, category }: { classifier: Classifier; category: string }) {
  const [least, setLeast] = useState(0.5);
  const settled = useSettled({ least });
  const { items: images, error, more, busy, done } = useScored(classifier, category, settled.least);
  return (
    <>
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
        <code>{filterOf(classifier, category, settled.least)}</code>.
      </p>
      <ErrorNote error={error} onRetry={more} />
      {done && images.length === 0 && <p class="nothing">No image scores as high. Lower the least score.</p>}
      <ol class="grid">
        {images.map(({ score, image }) => (
          <li key={image.id}>
            <a
              class="tile"
              href={similarWhere(image.id, filterOf(classifier, category, settled.least))}
              title={image.source ?? ''}
              aria-label={`${fileName(image.source)}, ${category} ${score.toFixed(3)}`}
            >
              <Thumbnail src={image.thumbnailUrl} alt="" />
              <span class="score">{score.toFixed(3)}</span>
              <span class="meter" style={{ width: `${score * 100}%` }} />
            </a>
          </li>
        ))}
      </ol>
      {!done && images.length > 0 && (
        <button type="button" class="button more" disabled={busy} onClick={more}>
          More than these {counted(images.length, 'image')}
        </button>
      )}
    </>
  );
}

function useScored({ id, versionInUse }: Classifier, category: string, least: number) {
  const load = async (cursor: string | null, signal: AbortSignal): Promise<Page<ScoredImage>> => {
    const query = new URLSearchParams({ minScore: String(least), limit: String(PAGE) });
    if (cursor !== null) query.set('cursor', cursor);
    const path = `/categories/${encodeURIComponent(category)}/images?${query}`;
    const { images, nextCursor } = await get<ScoredPage>(apiOf(id, path), signal);
    return { items: images, next: nextCursor };
  };
  return usePages<ScoredImage>(load, JSON.stringify([id, category]), `${versionInUse} ${least}`);
}
