import { useCallback, useEffect, useState } from 'preact/hooks';
import { ClassifierPage } from './classifiers/classifier-page.js';
import { ClassifiersPage } from './classifiers/classifiers-page.js';
import { useLabelQueues } from './classifiers/use-label-queues.js';
import { useLabellings } from './classifiers/use-labellings.js';
import { DuplicatesPage } from './duplicates/duplicates-page.js';
import { Gallery } from './library/gallery.js';
import { AddImages } from './library/add-images.js';
import { useUploads } from './library/use-uploads.js';
import type { Query } from './search/examples.js';
import { SearchBox } from './search/search-box.js';
import { SearchPage } from './search/search-page.js';
import { rememberUpload, uploadOf } from './search/uploads.js';
import { get } from './shared/api.js';
import { counted } from './shared/format.js';
import { DropTargets } from './shared/drop-targets.js';
import { KeyDialog } from './shared/key-dialog.js';
import { classifierAt, CLASSIFIERS, DUPLICATES, LIBRARY, useRoute } from './shared/route.js';
import type { Collection, Stats } from './shared/types.js';
import { useClosingQuestion } from './shared/use-closing-question.js';
import { type Loaded, useLoad } from './shared/use-load.js';

/** How long until it is asked again whether an empty library has images, or what the library holds. */
const LOOK_MS = 3000;

/** The whole page: a bar, the search box, and either the library or the neighbours of an image. */
export function App() {
  const route = useRoute();
  const [version, setVersion] = useState(0);
  const [chosen, setCollection] = useState('');
  const changed = useCallback(() => setVersion((before) => before + 1), []);
  const uploads = useUploads(changed);
  const labels = useLabelQueues();
  const labellings = useLabellings();
  useClosingQuestion(uploads.running || labels.running.length > 0 || labellings.busy);
  const [looks, setLooks] = useState(0);
  const look = useCallback(() => setLooks((before) => before + 1), []);
  const again = `${version} ${looks} ${route.at}`;
  const stats = useLoad((signal) => get<Stats>('/v1/stats', signal), [], again);
  const collections = useLoad((signal) => get<{ collections: Collection[] }>('/v1/collections', signal), [], again);
  useLookingAgain(stats, look);
  const known = collections.value?.collections;
  // One that was deleted elsewhere is chosen no more: where it was the last one, nobody could choose anything else.
  const collection = !known || known.some(({ name }) => name === chosen) ? chosen : '';
  const search = useCallback((file: File) => {
    location.hash = rememberUpload(file);
  }, []);
  usePastedImage(search);

  const upload = route.at === 'upload' ? uploadOf(route.key) : null;
  const query: Query | null =
    route.at === 'similar' ? { id: route.id } : route.at === 'url' ? { url: route.url } : upload && { file: upload };
  const scope = { collection, setCollection, collections: known ?? [] };
  const empty = stats.value?.images === 0;

  return (
    <>
      <header class="bar">
        <a class="brand" href={LIBRARY}>
          <svg viewBox="0 0 32 32" aria-hidden="true">
            <rect width="32" height="32" rx="8" />
            <circle cx="13" cy="16" r="6.5" />
            <circle cx="19" cy="16" r="6.5" />
          </svg>
          Likeness
        </a>
        <p class="bar-stats" aria-live="polite">
          {stats.error ??
            (stats.value &&
              `${counted(stats.value.images, 'image')} · ${stats.value.encoder.name} · ${stats.value.index.kind}`)}
        </p>
        {uploads.running && (
          <a href={LIBRARY}>
            Uploading {uploads.results.length} of {uploads.total}
          </a>
        )}
        {labels.running.map(({ id, results, total }) => (
          <a key={id} href={classifierAt(id)}>
            Labelling {results.length} of {total}
          </a>
        ))}
        {labellings.untold.map((id) => (
          <span key={id} role="alert">
            <a class="bad" href={classifierAt(id)}>
              A label was not stored
            </a>
          </span>
        ))}
        <a href={DUPLICATES}>Duplicates</a>
        <a href={CLASSIFIERS}>Classifiers</a>
        <a href="/docs">API</a>
      </header>
      <main>
        {route.at === 'duplicates' ? (
          <DuplicatesPage scope={scope} onChanged={changed} />
        ) : route.at === 'classifiers' ? (
          <ClassifiersPage />
        ) : route.at === 'classifier' ? (
          <ClassifierPage key={route.id} {...route} sending={labels.of(route.id)} labelling={labellings.of(route.id)} />
        ) : query ? (
          <SearchPage
            key={location.hash}
            query={query}
            filter={route.at === 'similar' ? route.filter : ''}
            scope={scope}
            labellings={labellings}
            onFile={search}
          />
        ) : (
          <>
            <SearchBox onFile={search} empty={empty} />
            <AddImages collection={collection} uploads={uploads} onChanged={changed} open={empty} />
            {!empty && <Gallery version={version} scope={scope} />}
          </>
        )}
      </main>
      <DropTargets
        onSearch={search}
        onAdd={(files) => {
          location.hash = LIBRARY;
          uploads.add(files, collection);
        }}
      />
      <KeyDialog />
    </>
  );
}

/**
 * Looks again when somebody comes back to the page, and every few seconds while there are no images: commands and other
 * pages add some without a word to this one. So it does after an error that may pass, but not after a refusal: looking
 * on would nag for a key.
 */
function useLookingAgain(stats: Loaded<Stats>, look: () => void): void {
  useEffect(() => {
    const { value, error, passing, loading } = stats;
    if (loading || !(error === null ? value?.images === 0 : passing)) return;
    const timer = setTimeout(look, LOOK_MS);
    return () => clearTimeout(timer);
  }, [stats]); // Each answer is another one.
  useEffect(() => {
    const back = (): void => {
      if (!document.hidden) look();
    };
    document.addEventListener('visibilitychange', back);
    return () => document.removeEventListener('visibilitychange', back);
  }, [look]);
}

/** Ctrl-V anywhere searches by the pasted picture. */
function usePastedImage(search: (file: File) => void): void {
  useEffect(() => {
    const paste = (event: ClipboardEvent): void => {
      const file = [...(event.clipboardData?.files ?? [])].find(({ type }) => type.startsWith('image/'));
      if (file) search(file);
    };
    addEventListener('paste', paste);
    return () => removeEventListener('paste', paste);
  }, [search]);
}
