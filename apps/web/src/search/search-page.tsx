import { useEffect, useState } from 'preact/hooks';
import { CategoryFilter } from '../classifiers/category-filter.js';
import { LabelHits } from '../classifiers/label-hits.js';
import type { Classifier } from '../classifiers/types.js';
import type { Labellings } from '../classifiers/use-labellings.js';
import { get } from '../shared/api.js';
import { CollectionSelect, type Scope } from '../shared/collection-select.js';
import { counted, fileName, milliseconds, number } from '../shared/format.js';
import { ErrorNote } from '../shared/notice.js';
import { PickFiles } from '../shared/pick-files.js';
import { LIBRARY } from '../shared/route.js';
import { Thumbnail } from '../shared/thumbnail.js';
import type { Hit, Image, Similar } from '../shared/types.js';
import { type Loaded, useLoad } from '../shared/use-load.js';
import { useSettled } from '../shared/use-settled.js';
import { type Marks, NO_MARKS, type Query, type Region, search } from './examples.js';
import { ExplanationDialog } from './explanation-dialog.js';
import { FilterField } from './filter-field.js';
import { Hits, type Opinion } from './hits.js';
import { MarkedImages } from './marked-images.js';
import { RegionPicker } from './region-picker.js';

const DEFAULT_K = 24;
const MAX_K = 200;

/** The query image beside its neighbours, and what the search may be told. */
export function SearchPage(props: {
  query: Query;
  /** The filter to begin with. */
  filter: string;
  scope: Scope;
  labellings: Labellings;
  onFile: (file: File) => void;
}) {
  const { query, scope, onFile } = props;
  const [k, setK] = useState(DEFAULT_K);
  const [minScore, setMinScore] = useState(-1);
  const [exact, setExact] = useState(false);
  const [filter, setFilter] = useState(props.filter);
  const [region, setRegion] = useState<Region | null>(null);
  const [marks, setMarks] = useState(NO_MARKS);
  const [asked, setAsked] = useState<{ hit: Hit; rank: number } | null>(null);
  const [labelling, setLabelling] = useState(false);
  const [round, setRound] = useState(0);
  const all = useLoad((signal) => get<{ classifiers: Classifier[] }>('/v1/classifiers', signal), [], round);
  const classifiers = all.value?.classifiers ?? [];
  const options = useSettled({ k, minScore, exact, filter, collection: scope.collection, region, marks });
  const found = useLoad((signal) => search(query, options, signal), [JSON.stringify(options)]);
  const image = useLoad('id' in query ? (signal) => get<Image>(`/v1/images/${query.id}`, signal) : null, []);

  return (
    <div class="search-page">
      <aside class="query" aria-label="Query">
        <a href={LIBRARY} class="back">
          ← Library
        </a>
        <figure>
          {'url' in query ? (
            <UnseenImage />
          ) : (
            <RegionPicker region={region} onRegion={setRegion}>
              {'file' in query && <LocalImage file={query.file} />}
              {'id' in query && image.value && <Thumbnail src={image.value.thumbnailUrl} alt="The query" eager />}
            </RegionPicker>
          )}
          <figcaption>
            {'file' in query && (query.file.name || 'Pasted image')}
            {'url' in query && query.url}
            {'id' in query && image.value && describe(image.value)}
          </figcaption>
          {!('url' in query) && (
            <p class="muted hint" aria-live="polite">
              {region ? (
                <>
                  Searching by the marked part.{' '}
                  <button type="button" class="link" onClick={() => setRegion(null)}>
                    Use the whole picture
                  </button>
                </>
              ) : (
                'Drag over the picture, or press an arrow key on it, to search by a part.'
              )}
            </p>
          )}
        </figure>
        <MarkedImages marks={marks} onMarks={setMarks} />
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
          <FilterField filter={filter} invalid={filter !== '' && found.error !== null} onFilter={setFilter} />
          <CategoryFilter classifiers={classifiers} filter={filter} onFilter={setFilter} />
          {/* Told once where the search has failed as well. */}
          {found.error === null && <ErrorNote error={all.error} onRetry={() => setRound((before) => before + 1)} />}
          <label class="check">
            <input type="checkbox" checked={exact} onChange={({ currentTarget }) => setExact(currentTarget.checked)} />{' '}
            Exact search
          </label>
        </div>
        <PickFiles onFiles={([file]) => file && onFile(file)}>Another image</PickFiles>
      </aside>
      <section class="found" aria-busy={found.loading} aria-labelledby="found-title">
        <div class="section-head">
          <h1 id="found-title">{titleOf(found)}</h1>
          {found.value && <p class="muted">{howItRan(found.value)}</p>}
        </div>
        <ErrorNote error={found.error} />
        {found.value && found.value.results.length > 0 && classifiers.length > 0 && !labelling && (
          <p class="ways-on">
            <button type="button" class="button" onClick={() => setLabelling(true)}>
              Label these
            </button>
          </p>
        )}
        {found.value?.results.length === 0 && <p class="nothing">{whyNothing(found.value)}</p>}
        {found.value && labelling && (
          <LabelHits
            classifiers={classifiers}
            labellings={props.labellings}
            query={image.value}
            hits={found.value.results}
            onDone={() => setLabelling(false)}
          />
        )}
        {found.value && found.value.results.length > 0 && !labelling && (
          <Hits
            hits={found.value.results}
            onOpinion={(hit, opinion) => setMarks(marked(marks, hit, opinion))}
            onExplain={(hit, rank) => setAsked({ hit, rank })}
          />
        )}
      </section>
      {asked && <ExplanationDialog query={query} options={options} {...asked} onClose={() => setAsked(null)} />}
    </div>
  );
}

function titleOf({ value, error }: Loaded<Similar>): string {
  if (value) return counted(value.results.length, 'neighbour');
  return error === null ? 'Searching…' : 'No answer';
}

const whyNothing = ({ matched }: Similar): string =>
  matched === 0
    ? 'No image passes. Change the filter, or search all images.'
    : 'Nothing is that similar. Lower the least score.';

/** `hnsw among 1,234 images · search 0.8 ms · join 1.1 ms · total 2.1 ms` */
function howItRan({ plan, matched, timings }: Similar): string {
  const stages = Object.entries(timings).map(([stage, ms]) => `${stage} ${milliseconds(ms)}`);
  return [`${plan} among ${number(matched)}`, ...stages].join(' · ');
}

/** The marks with one more; an image is liked or disliked, not both. */
function marked(marks: Marks, { id, thumbnailUrl }: Hit, opinion: Opinion): Marks {
  const without = (list: Marks['liked']) => list.filter((one) => one.id !== id);
  const others = { liked: without(marks.liked), disliked: without(marks.disliked) };
  return { ...others, [opinion]: [...others[opinion], { id, thumbnailUrl }] };
}

/** The service fetches it; the page itself loads nothing from elsewhere. */
const UnseenImage = () => <span class="thumb-missing unseen">a picture elsewhere</span>;

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
