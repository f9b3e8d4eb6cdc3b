import { useState } from 'preact/hooks';
import { get, post } from '../shared/api.js';
import { ErrorNote } from '../shared/notice.js';
import { classifierAt } from '../shared/route.js';
import { useAttempt } from '../shared/use-attempt.js';
import { useLoad } from '../shared/use-load.js';
import { Fault, MoreSettings } from './more-settings.js';
import { LearningCurve, SearchedPoints } from './training-plots.js';
import { type Entered, faultsOf, orderOf } from './training-settings.js';
import { type Classifier, isOver, type Training } from './types.js';
import type { Jobs } from './use-jobs.js';
import { apiOf, rescoringInWords } from './words.js';

const HEADS = [
  ['auto', 'best of softmax and SVM; nearest mean up to 3'],
  ['softmax', 'softmax regression'],
  ['svm', 'linear SVM'],
  ['mlp', 'small network'],
  ['nearest-mean', 'nearest class mean'],
] as const;

const ABOVE_THE_FOLD = ['seed'];

/** Starts a training, shows it while it runs, and what became of earlier ones. */
export function TrainingTab({ classifier, jobs }: { classifier: Classifier; jobs: Jobs }) {
  const [head, setHead] = useState('auto');
  const [augment, setAugment] = useState(0);
  const [seed, setSeed] = useState(1);
  const [use, setUse] = useState(true);
  const [entered, setEntered] = useState<Entered>({});
  const { attempt, error, fields, busy } = useAttempt();
  const { faults, elsewhere } = faultsOf(fields, ABOVE_THE_FOLD);
  const { training } = jobs;
  const running = training !== null && !isOver(training);
  const start = () =>
    attempt(async () => {
      const heads = head === 'auto' ? 'auto' : [head];
      const order = { ...orderOf(entered), heads, augment, seed, use };
      jobs.began(await post<Training>(apiOf(classifier.id, '/trainings'), order));
    });
  const cancel = () =>
    attempt(async () => jobs.began(await post<Training>(apiOf(classifier.id, `/trainings/${training?.id}/cancel`))));

  return (
    <section aria-label="Training" class="tab">
      <div class="row wrap">
        <button type="button" class="button primary" disabled={running || busy} onClick={() => void start()}>
          Train
        </button>
        {running && (
          <button type="button" class="button" disabled={busy} onClick={() => void cancel()}>
            Cancel
          </button>
        )}
      </div>
      <details>
        <summary>Settings</summary>
        <div class="settings">
          <label class="field">
            <span>Head</span>
            <select value={head} onChange={({ currentTarget }) => setHead(currentTarget.value)}>
              {HEADS.map(([value, words]) => (
                <option key={value} value={value}>
                  {words}
                </option>
              ))}
            </select>
          </label>
          <label class="field">
            <span>
              Altered copies of each image <output>{augment}</output>
            </span>
            <input
              type="range"
              min="0"
              max="6"
              value={augment}
              onInput={({ currentTarget }) => setAugment(currentTarget.valueAsNumber)}
            />
          </label>
          <label class="field">
            <span>Seed: the same images, settings and seed give the same version</span>
            <input
              type="number"
              min="0"
              value={seed}
              aria-invalid={faults.has('seed')}
              onInput={({ currentTarget }) => setSeed(Math.max(0, Math.trunc(currentTarget.valueAsNumber) || 0))}
            />
            <Fault words={faults.get('seed')} />
          </label>
          <label class="check">
            <input type="checkbox" checked={use} onChange={({ currentTarget }) => setUse(currentTarget.checked)} /> Use
            the new version in filters
          </label>
        </div>
        <MoreSettings entered={entered} onEntered={setEntered} faults={faults} />
      </details>
      <ErrorNote
        error={
          (elsewhere ? error : error && 'Some settings cannot be used; see what is said beside them.') ?? jobs.error
        }
      />
      {training && <Progress classifier={classifier} training={training} jobs={jobs} />}
      <Past classifier={classifier} jobs={jobs} />
    </section>
  );
}

function Progress({ classifier, training, jobs }: { classifier: Classifier; training: Training; jobs: Jobs }) {
  const { progress, status, version, error } = training;
  const { rescoring } = jobs;
  return (
    <div class="block">
      <h2>
        {
          {
            queued: 'Waiting',
            running: 'Training',
            done: `Version ${version} is trained`,
            failed: 'The training failed',
            cancelled: 'The training was cancelled',
          }[status]
        }
      </h2>
      {!isOver(training) && <progress max={1} value={progress.done} aria-label="Training" />}
      <p aria-live="polite" class="muted">
        {!isOver(training) && `${Math.round(100 * progress.done)} %. ${progress.message}`}
        {training.attempts > 1 && ` Taken up ${training.attempts} times, because the service stopped meanwhile.`}
        {status === 'done' && version !== null && (
          <a href={classifierAt(classifier.id, 'results', version)}>How good is it?</a>
        )}
      </p>
      <ErrorNote error={error && [error.detail, error.remedy].filter(Boolean).join(' ')} />
      {status === 'done' && rescoring && rescoring.version === version && (
        <div class="progress">
          {!isOver(rescoring) && (
            <progress max={Math.max(1, rescoring.total)} value={rescoring.scored} aria-label="Scoring the library" />
          )}
          <p aria-live="polite" class="muted">
            {rescoringInWords(rescoring)}
          </p>
          <ErrorNote error={rescoring.error?.detail ?? null} />
        </div>
      )}
      <div class="plots">
        <SearchedPoints searched={progress.searched} />
        <LearningCurve curve={progress.learningCurve} />
      </div>
    </div>
  );
}

function Past({ classifier, jobs: { training } }: { classifier: Classifier; jobs: Jobs }) {
  const { value } = useLoad(
    (signal) => get<{ trainings: Training[] }>(apiOf(classifier.id, '/trainings?limit=20'), signal),
    [classifier.id],
    `${training?.id} ${training?.status}`,
  );
  const past = value?.trainings.filter(isOver) ?? [];
  if (past.length < 2) return null;
  return (
    <div class="block">
      <h3>Trainings before</h3>
      <ul class="outcomes">
        {past.map(({ id, status, version, error, createdAt, startedAt, finishedAt }) => (
          <li key={id} class={status}>
            <span>
              {new Date(createdAt).toLocaleString()}
              {version !== null && (
                <>
                  {' · '}
                  <a href={classifierAt(classifier.id, 'results', version)}>version {version}</a>
                </>
              )}
            </span>
            <span class="said">{error?.detail ?? `${status}${tookOf(startedAt, finishedAt)}`}</span>
          </li>
        ))}
      </ul>
    </div>
  );
}

const tookOf = (from: string | null, to: string | null): string =>
  from === null || to === null ? '' : ` in ${((Date.parse(to) - Date.parse(from)) / 1000).toFixed(1)} s`;
