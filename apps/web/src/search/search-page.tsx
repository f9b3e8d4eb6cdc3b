import { useEffect, useState } from 'preact/hooks';
import { get, post } from '../shared/api.js';
import { CollectionSelect, type Scope } from '../shared/collection-select.js';
import { counted, fileName, milliseconds, number } from '../shared/format.js';
import { PickFiles } from '../shared/pick-files.js';
import { LIBRARY } from '../shared/route.js';
import { Thumbnail } from '../shared/thumbnail.js';
import type { Image, Similar } from '../shared/types.js';
import { useLoad } from '../shared/use-load.js';
import { useSettled } from '../shared/use-settled.js';
import { Hits } from './hits.js';

export type Query = { readonly id: string } | { readonly file: File };

const DEFAULT_K = 24;
const MAX_K = 200;
const FILTER_EXAMPLE = 'width >= 1000 and orientation = portrait';

/** The query image beside its neighbours, and what the search may be told. */
export function SearchPage({ query, scope, onFile }: { query: Query; scope: Scope; onFile: (file: File) => void }) {
  const [k, setK] = useState(DEFAULT_K);
  const [minScore, setMinScore] = useState(-1);
  const [exact, setExact] = useState(false);
  const [filter, setFilter] = useState('');
  const options = useSettled({ k, minScore, exact, filter, collection: scope.collection });
  const found = useLoad((signal) => search(query, options, signal), [JSON.stringify(options)]);
  const image = useLoad('id' in query ? (signal) => get<Image>(`/v1/images/${query.id}`, signal) : null, []);

  return (
    <div class="search-page">
      <aside class="query" aria-label="Query">
        <a href={LIBRARY} class="back">
          ← Library
        </a>
        <figure>
          {'file' in query ? (
            <LocalImage file={query.file} />
          ) : (
            image.value && <Thumbnail src={image.value.thumbnailUrl} alt="The query" eager />
          )}
          <figcaption>
            {'file' in query ? query.file.name || 'Pasted image' : image.value && describe(image.value)}
          </figcaption>
        </figure>
        <div class="controls">
          <label class="field">
            <span>
              Neighbours <output>{k}</output>
            </span>
            <input
              type="range"
              min="1"
              max={MAX_K}
              value={k}
              onInput={({ currentTarget }) => setK(currentTarget.valueAsNumber)}
            />
          </label>
          <label class="field">
            <span>
              Least score <output>{minScore <= -1 ? 'any' : minScore.toFixed(2)}</output>
            </span>
            <input
              type="range"
              min="-1"
              max="1"
              step="0.01"
              value={minScore}
              onInput={({ currentTarget }) => setMinScore(currentTarget.valueAsNumber)}
            />
          </label>
          <CollectionSelect scope={scope} />
          <label class="field">
            <span>Filter</span>
            <input
              type="text"
              value={filter}
              placeholder={FILTER_EXAMPLE}
              title={`Which images, for example: ${FILTER_EXAMPLE}`}
              spellcheck={false}
              autocapitalize="off"
              aria-invalid={filter !== '' && found.error !== null}
              onChange={({ currentTarget }) => setFilter(currentTarget.value.trim())}
            />
          </label>
          <label class="check">
            <input type="checkbox" checked={exact} onChange={({ currentTarget }) => setExact(currentTarget.checked)} />{' '}
            Exact search
          </label>
        </div>
        <PickFiles onFiles={([file]) => file && onFile(file)}>Another image</PickFiles>
      </aside>
      <section class="found" aria-busy={found.loading} aria-labelledby="found-title">
        <div class="section-head">
          <h1 id="found-title">{found.value ? counted(found.value.results.length, 'neighbour') : 'Searching…'}</h1>
          {found.value && <p class="muted">{howItRan(found.value)}</p>}
        </div>
        {found.error !== null && (
          <p class="error" role="alert">
            {found.error}
          </p>
        )}
        {found.value && <Hits hits={found.value.results} />}
      </section>
    </div>
  );
}

interface Options {
  readonly k: number;
  readonly minScore: number;
  readonly exact: boolean;
  readonly collection: string;
  /** In its text form; empty: none. */
  readonly filter: string;
}

function search(
  query: Query,
  { k, minScore, exact, collection, filter }: Options,
  signal: AbortSignal,
): Promise<Similar> {
  const options = new Map<string, string>([['k', String(k)]]);
  if (minScore > -1) options.set('minScore', String(minScore));
  if (exact) options.set('exact', 'true');
  if (collection !== '') options.set('collection', collection);
  if (filter !== '') options.set('filter', filter);
  if ('id' in query) return get(`/v1/images/${query.id}/similar?${new URLSearchParams([...options])}`, signal);
  const form = new FormData();
  for (const [name, value] of options) form.append(name, value);
  form.append('file', query.file);
  return post('/v1/search', form, signal);
}

/** `hnsw among 1,234 images · search 0.8 ms · join 1.1 ms · total 2.1 ms` */
function howItRan({ plan, matched, timings }: Similar): string {
  const stages = Object.entries(timings).map(([stage, ms]) => `${stage} ${milliseconds(ms)}`);
  return [`${plan} among ${number(matched)}`, ...stages].join(' · ');
}

const describe = (image: Image): string => `${fileName(image.source)} · ${image.width} × ${image.height}`;

function LocalImage({ file }: { file: File }) {
  const [url, setUrl] = useState<string | null>(null);
  useEffect(() => {
    const made = URL.createObjectURL(file);
    setUrl(made);
    return () => URL.revokeObjectURL(made);
  }, [file]);
  return url === null ? null : <img src={url} alt="The query" />;
}
