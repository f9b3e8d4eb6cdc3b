import { useState } from 'preact/hooks';
import { post } from '../shared/api.js';
import { counted } from '../shared/format.js';
import { ErrorNote } from '../shared/notice.js';
import { PickFiles } from '../shared/pick-files.js';
import { useAttempt } from '../shared/use-attempt.js';
import { NotCheck } from './not-check.js';
import { filesBySubfolder, type LabelFile, parseLabelCsv } from './label-files.js';
import type { Classifier, LabelReport, LabelValue } from './types.js';
import { apiOf } from './words.js';

const FILES_AT_ONCE = 16;
const ROWS_AT_ONCE = 1000;

interface Tally {
  readonly of: number;
  readonly done: number;
  readonly failures: readonly { readonly what: string; readonly detail: string }[];
}

/** Labels from a person's own files: pictures that need not be in the catalogue, and tables. */
export function OwnImages({ classifier, onChanged }: { classifier: Classifier; onChanged: (now: Classifier) => void }) {
  const [category, setCategory] = useState('');
  const [negative, setNegative] = useState(false);
  const [tally, setTally] = useState<Tally | null>(null);
  const { attempt, error, busy } = useAttempt();
  const named = category.trim();

  /** Sends groups one after the other; categories that are new are made first. */
  const send = <T extends { readonly category: string }>(
    items: readonly T[],
    groups: readonly (readonly T[])[],
    what: (item: T) => string,
    label: (group: readonly T[]) => Promise<LabelReport>,
  ) =>
    attempt(async () => {
      setTally({ of: items.length, done: 0, failures: [] });
      const known = new Set(classifier.categories.map(({ name }) => name));
      for (const name of new Set(items.map((item) => item.category))) {
        if (!known.has(name)) onChanged(await post<Classifier>(apiOf(classifier.id, '/categories'), { name }));
      }
      for (const group of groups) {
        const { results, classifier: now } = await label(group);
        onChanged(now);
        const failures = results.flatMap(({ error: fault }, at) => {
          const item = group[at];
          return fault && item ? [{ what: what(item), detail: fault.detail }] : [];
        });
        setTally(
          (before) =>
            before && {
              ...before,
              done: before.done + group.length,
              failures: [...before.failures, ...failures],
            },
        );
      }
    });

  const sendFiles = (files: readonly LabelFile[], value: LabelValue = 'positive') =>
    send(
      files,
      grouped(files, FILES_AT_ONCE, (file) => file.category),
      ({ file }) => file.webkitRelativePath || file.name,
      (group) => {
        const form = new FormData();
        for (const { file } of group) form.append('files', file);
        const query = new URLSearchParams({ category: group[0]?.category ?? '', value, origin: 'page' });
        return post(apiOf(classifier.id, `/examples?${query}`), form);
      },
    );
  const sendTable = (file: File) =>
    attempt(async () => parseLabelCsv(await file.text())).then(
      (rows) =>
        rows &&
        send(
          rows,
          grouped(rows, ROWS_AT_ONCE, () => ''),
          ({ image }) => `image ${image}`,
          (labels) => post(apiOf(classifier.id, '/labels'), { labels, origin: 'page' }),
        ),
    );

  return (
    <div class="ways">
      <div class="block">
        <h3>Pictures of one category</h3>
        <p class="muted">
          They are kept for training, and no search finds them; what the library has is labelled there.
        </p>
        <div class="row wrap">
          <input
            type="text"
            list="category-names"
            placeholder="Category"
            aria-label="Category of the pictures"
            value={category}
            onInput={({ currentTarget }) => setCategory(currentTarget.value)}
          />
          <datalist id="category-names">
            {classifier.categories.map(({ id, name }) => (
              <option key={id} value={name} />
            ))}
          </datalist>
          {classifier.kind === 'multi' && <NotCheck said="they are not" checked={negative} onChecked={setNegative} />}
          <PickFiles
            multiple
            disabled={named === '' || busy}
            onFiles={(files) =>
              void sendFiles(
                files.map((file) => ({ file, category: named })),
                classifier.kind === 'multi' && negative ? 'negative' : 'positive',
              )
            }
          >
            Choose pictures
          </PickFiles>
        </div>
      </div>
      <div class="block">
        <h3>A folder of sub-folders</h3>
        <p class="muted">Each sub-folder is a category.</p>
        <PickFiles multiple folder disabled={busy} onFiles={(files) => void sendFiles(filesBySubfolder(files))}>
          Choose a folder
        </PickFiles>
      </div>
      <div class="block">
        <h3>A table</h3>
        <p class="muted">CSV with the columns image (id), category and perhaps value (positive, negative, cleared).</p>
        <PickFiles accept=".csv,text/csv" disabled={busy} onFiles={([file]) => void (file && sendTable(file))}>
          Choose a CSV file
        </PickFiles>
      </div>
      <ErrorNote error={error} />
      {tally && <Progress tally={tally} />}
    </div>
  );
}

function Progress({ tally: { of, done, failures } }: { tally: Tally }) {
  if (of === 0) return <p class="nothing">No picture in a sub-folder was found.</p>;
  return (
    <div class="progress" aria-live="polite">
      <progress max={of} value={done} aria-label="Labelling" />
      <p>
        {done} of {counted(of, 'label')}
        {failures.length > 0 && <strong class="bad"> · {failures.length} failed</strong>}
      </p>
      <ul class="outcomes">
        {failures.map(({ what, detail }, at) => (
          <li key={at} class="failed">
            <span>{what}</span>
            <span class="said">{detail}</span>
          </li>
        ))}
      </ul>
    </div>
  );
}

/** Neighbours with the same key, at most so many together. */
function grouped<T>(items: readonly T[], most: number, keyOf: (item: T) => string): T[][] {
  const groups: T[][] = [];
  for (const item of items) {
    const group = groups.at(-1);
    const first = group?.[0];
    if (group && first !== undefined && group.length < most && keyOf(first) === keyOf(item)) group.push(item);
    else groups.push([item]);
  }
  return groups;
}
