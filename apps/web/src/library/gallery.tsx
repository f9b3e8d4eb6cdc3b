import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import { get, isAbort, messageOf } from '../shared/api.js';
import { CollectionSelect, type Scope } from '../shared/collection-select.js';
import { fileName } from '../shared/format.js';
import { similarTo } from '../shared/route.js';
import { Thumbnail } from '../shared/thumbnail.js';
import type { Image, ImagePage } from '../shared/types.js';

const PAGE = 60;

/** Every image of the library, newest first, further ones as you scroll. A new `version` starts over. */
export function Gallery({ version, scope, empty }: { version: number; scope: Scope; empty: boolean }) {
  const { images, error, done, more } = usePages(scope.collection, version);
  if (empty) return null;
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
      {error !== null && (
        <p class="error" role="alert">
          {error}
        </p>
      )}
      {!done && error === null && <Sentinel onSeen={more} />}
      {done && images.length === 0 && <p class="nothing">There are no images in this collection.</p>}
    </section>
  );
}

function usePages(collection: string, version: number) {
  const [images, setImages] = useState<readonly Image[]>([]);
  const [error, setError] = useState<string | null>(null);
  const [done, setDone] = useState(false);
  const next = useRef<{ cursor: string | null; busy: boolean; signal: AbortSignal | null }>({
    cursor: null,
    busy: false,
    signal: null,
  });

  const more = useCallback(async () => {
    const state = next.current;
    if (state.busy || state.signal === null) return;
    state.busy = true;
    const query = new URLSearchParams({ limit: String(PAGE) });
    if (collection !== '') query.set('collection', collection);
    if (state.cursor !== null) query.set('cursor', state.cursor);
    try {
      const first = state.cursor === null;
      const page = await get<ImagePage>(`/v1/images?${query}`, state.signal);
      setImages((before) => (first ? page.images : [...before, ...page.images]));
      setDone(page.nextCursor === null);
      state.cursor = page.nextCursor;
    } catch (thrown) {
      if (!isAbort(thrown)) setError(messageOf(thrown));
    } finally {
      state.busy = false;
    }
  }, [collection, version]);

  useEffect(() => {
    const controller = new AbortController();
    next.current = { cursor: null, busy: false, signal: controller.signal };
    setError(null);
    setDone(false);
    void more();
    return () => controller.abort();
  }, [more]);
  return { images, error, done, more };
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
