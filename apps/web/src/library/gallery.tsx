import { useEffect, useRef } from 'preact/hooks';
import { get } from '../shared/api.js';
import { CollectionSelect, type Scope } from '../shared/collection-select.js';
import { fileName } from '../shared/format.js';
import { ErrorNote } from '../shared/notice.js';
import type { Page } from '../shared/pager.js';
import { similarTo } from '../shared/route.js';
import { Thumbnail } from '../shared/thumbnail.js';
import type { Image, ImagePage } from '../shared/types.js';
import { usePages } from '../shared/use-pages.js';

const PAGE = 60;

/** Every image of the library, newest first, further ones as you scroll. A new `version` starts over. */
export function Gallery({ version, scope }: { version: number; scope: Scope }) {
  const { collection } = scope;
  const load = async (cursor: string | null, signal: AbortSignal): Promise<Page<Image>> => {
    const query = new URLSearchParams({ limit: String(PAGE) });
    if (collection !== '') query.set('collection', collection);
    if (cursor !== null) query.set('cursor', cursor);
    const { images, nextCursor } = await get<ImagePage>(`/v1/images?${query}`, signal);
    return { items: images, next: nextCursor };
  };
  const { items: images, error, done, more } = usePages<Image>(load, collection, version);
  return (
    <section aria-labelledby="library-title">
      <div class="section-head">
        <h2 id="library-title">Library</h2>
        <CollectionSelect scope={scope} />
      </div>
      <ul class="grid">
        {images.map((image) => (
          <li key={image.id}>
            <a
              class="tile"
              href={similarTo(image.id)}
              title={image.source ?? ''}
              aria-label={`What looks like ${fileName(image.source)}?`}
            >
              <Thumbnail src={image.thumbnailUrl} alt="" />
            </a>
          </li>
        ))}
      </ul>
      <ErrorNote error={error} onRetry={more} />
      {!done && error === null && <Sentinel onSeen={more} />}
      {done && images.length === 0 && <p class="nothing">There are no images in this collection.</p>}
    </section>
  );
}

/** Calls back whenever it is about to be scrolled into sight. */
function Sentinel({ onSeen }: { onSeen: () => void }) {
  const element = useRef<HTMLDivElement>(null);
  useEffect(() => {
    // Asked again and again, because a short first page leaves the sentinel in sight and is told only once.
    let seen = false;
    const observer = new IntersectionObserver(
      (entries) => (seen = entries.some(({ isIntersecting }) => isIntersecting)),
      {
        rootMargin: '600px',
      },
    );
    if (element.current) observer.observe(element.current);
    const timer = setInterval(() => seen && onSeen(), 100);
    return () => {
      observer.disconnect();
      clearInterval(timer);
    };
  }, [onSeen]);
  return <div ref={element} class="sentinel" role="status" aria-label="Loading more" />;
}
