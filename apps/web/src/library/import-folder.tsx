import { useEffect, useState } from 'preact/hooks';
import { get, post } from '../shared/api.js';
import { counted, duration, number } from '../shared/format.js';
import { ErrorNote } from '../shared/notice.js';
import type { Import, ImportItem } from '../shared/types.js';
import { useAttempt } from '../shared/use-attempt.js';
import { useFollowing } from '../shared/use-following.js';
import { useLoad } from '../shared/use-load.js';

const SHOWN_FAILURES = 100;
const isOver = ({ status }: Import): boolean => status === 'done' || status === 'cancelled' || status === 'failed';

/** Starts an import of a folder of the service's machine and follows it; one that is under way is taken up again. */
export function ImportFolder({ collection, onChanged }: { collection: string; onChanged: () => void }) {
  const [path, setPath] = useState('');
  const [running, setRunning] = useState<Import | null>(null);
  const { attempt, error, busy } = useAttempt();

  const following = useFollowing(running?.id ?? 'newest', async ({ signal, followJob }) => {
    if (running === null) {
      const [newest] = (await get<{ imports: Import[] }>('/v1/imports?limit=1', signal)).imports;
      // Not in the place of one that a person has started meanwhile.
      if (newest && !isOver(newest)) setRunning((now) => now ?? newest);
      return;
    }
    await followJob<Import>(`/v1/imports/${running.id}/events`, { show: setRunning, isOver });
    onChanged();
  });
  // A long one shows its first images while it runs.
  const begun = running !== null && running.done > 0;
  useEffect(() => {
    if (begun) onChanged();
  }, [begun]);

  const send = (action: string, body?: object) =>
    attempt(async () => setRunning(await post<Import>(`/v1/imports${action}`, body)));
  const start = (event: Event): void => {
    event.preventDefault();
    void send('', { path: path.trim(), ...(collection !== '' && { collection }) });
  };
  const retry = (id: string) =>
    attempt(async () => {
      setRunning(await post<Import>(`/v1/imports/${id}/retry`));
      following.follow(); // A new stream is wanted for the same id.
    });

  return (
    <div>
      <h3>Import a folder</h3>
      <p class="muted">A folder, or a CSV or NDJSON manifest, on the machine the service runs on.</p>
      <form class="row" onSubmit={start}>
        <input
          type="text"
          required
          placeholder="/path/to/photos"
          aria-label="Path of the folder"
          value={path}
          onInput={({ currentTarget }) => setPath(currentTarget.value)}
        />
        <button class="button" disabled={busy || (running !== null && !isOver(running))}>
          Import
        </button>
      </form>
      <ErrorNote error={error ?? following.error} />
      {running && (
        <ImportProgress
          progress={running}
          busy={busy}
          onCancel={() => void send(`/${running.id}/cancel`)}
          onRetry={() => void retry(running.id)}
        />
      )}
    </div>
  );
}

function ImportProgress({
  progress,
  busy,
  onCancel,
  onRetry,
}: {
  progress: Import;
  busy: boolean;
  onCancel: () => void;
  onRetry: () => void;
}) {
  const { status, total, done, failed, left, rate, etaSeconds, outcomes } = progress;
  const over = isOver(progress);
  return (
    <div class="progress">
      <progress max={Math.max(1, total)} value={status === 'listing' ? undefined : done + failed} aria-label="Import" />
      <p aria-live="polite">
        <strong>
          {
            { listing: 'Listing', running: 'Importing', done: 'Imported', cancelled: 'Cancelled', failed: 'Failed' }[
              status
            ]
          }
        </strong>{' '}
        {progress.path}
        <br />
        {number(done)} done · <span class={failed > 0 ? 'bad' : ''}>{number(failed)} failed</span> · {number(left)} left
        {!over && rate !== null && ` · ${rate.toFixed(1)} a second`}
        {!over && etaSeconds !== null && ` · ${duration(etaSeconds)} to go`}
        {over &&
          ` · ${number(outcomes.added)} new, ${number(outcomes.existing + outcomes.unchanged)} known, ${number(outcomes.replaced)} replaced`}
      </p>
      {progress.error && <p class="error">{progress.error.detail}</p>}
      <div class="row">
        {!over && (
          <button class="button" disabled={busy} onClick={onCancel}>
            Cancel
          </button>
        )}
        {over && (failed > 0 || status === 'failed') && (
          <button class="button" disabled={busy} onClick={onRetry}>
            {status === 'failed' ? 'Try again' : 'Try the failed ones again'}
          </button>
        )}
      </div>
      {failed > 0 && <Failures progress={progress} />}
    </div>
  );
}

function Failures({ progress: { id, path, failed } }: { progress: Import }) {
  const [round, setRound] = useState(0);
  const { value, error } = useLoad(
    (signal) => get<{ items: ImportItem[] }>(`/v1/imports/${id}/items?status=failed&limit=${SHOWN_FAILURES}`, signal),
    [id],
    `${failed} ${round}`,
  );
  const items = value?.items ?? [];
  return (
    <details>
      <summary>{counted(failed, 'failure')}</summary>
      <ErrorNote error={error} onRetry={() => setRound((before) => before + 1)} />
      <ul class="outcomes">
        {items.map((item) => (
          <li key={item.id} class="failed">
            <span>{item.path}</span>
            <span class="said">{item.error?.detail}</span>
          </li>
        ))}
        {/* Of an import that ended before a later one of the same files did, only counts are kept. */}
        {value?.items.length === 0 && <li class="said">Which files failed, a later import of {path} tells.</li>}
        {items.length > 0 && failed > items.length && (
          <li class="said">
            … and {number(failed - items.length)} more: <code>npx likeness imports show {id} --all</code>
          </li>
        )}
      </ul>
    </details>
  );
}
