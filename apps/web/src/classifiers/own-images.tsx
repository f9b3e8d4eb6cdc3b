import { useState } from 'preact/hooks';
import { counted } from '../shared/format.js';
import { ErrorNote } from '../shared/notice.js';
import { PickFiles } from '../shared/pick-files.js';
import { UNREACHABLE } from '../shared/send-queue.js';
import { useAttempt } from '../shared/use-attempt.js';
import { filesBySubfolder, type LabelFile, parseLabelCsv } from './label-files.js';
import type { LabelItem } from './label-queue.js';
import { NotCheck } from './not-check.js';
import type { Classifier, LabelValue } from './types.js';
import type { LabelSending } from './use-label-queues.js';

/** Labels from a person's own files: pictures that need not be in the catalogue, and tables. */
export function OwnImages({ classifier, sending }: { classifier: Classifier; sending: LabelSending }) {
  const [category, setCategory] = useState('');
  const [negative, setNegative] = useState(false);
  const [nothing, setNothing] = useState<string | null>(null);
  const { attempt, error } = useAttempt();
  const named = category.trim();

  /** @param lacking what to tell where there is none */
  const send = (items: readonly LabelItem[], lacking: string): void => {
    setNothing(items.length === 0 ? lacking : null);
    sending.add(items, classifier);
  };
  const sendFiles = (files: readonly LabelFile[], value: LabelValue = 'positive') =>
    send(
      files.map((file) => ({ ...file, value })),
      'No picture in a sub-folder was found.',
    );
  const sendTable = (file: File) =>
    attempt(async () => send(parseLabelCsv(await file.text()), 'The table has no rows.'));

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
            disabled={named === ''}
            onFiles={(files) =>
              sendFiles(
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
        <PickFiles multiple folder onFiles={(files) => sendFiles(filesBySubfolder(files))}>
          Choose a folder
        </PickFiles>
      </div>
      <div class="block">
        <h3>A table</h3>
        <p class="muted">CSV with the columns image (id), category and perhaps value (positive, negative, cleared).</p>
        <PickFiles accept=".csv,text/csv" onFiles={([file]) => void (file && sendTable(file))}>
          Choose a CSV file
        </PickFiles>
      </div>
      <ErrorNote error={error} />
      {nothing !== null && (
        <p class="nothing" role="alert">
          {nothing}
        </p>
      )}
      {sending.total > 0 && <Progress {...sending} />}
    </div>
  );
}

function Progress({ total, results, running, unreachable, cancel }: LabelSending) {
  const failures = results.filter(({ fault }) => fault !== null);
  return (
    <div class="progress" aria-live="polite">
      <progress max={total} value={results.length} aria-label="Labelling" />
      <p>
        {results.length} of {counted(total, 'label')}
        {failures.length > 0 && <strong class="bad"> · {failures.length} failed</strong>}
        {running && (
          <button type="button" class="link" onClick={cancel}>
            Cancel
          </button>
        )}
      </p>
      {unreachable && <p class="muted">{UNREACHABLE}</p>}
      <ul class="outcomes">
        {failures.map(({ what, fault }, at) => (
          <li key={at} class="failed">
            <span>{what}</span>
            <span class="said">{fault}</span>
          </li>
        ))}
      </ul>
    </div>
  );
}
