import { useCallback, useEffect, useState } from 'preact/hooks';
import { get, patch, post, remove } from '../shared/api.js';
import { ErrorNote } from '../shared/notice.js';
import { CLASSIFIER_TABS, classifierAt, CLASSIFIERS, type ClassifierTab, useGoing } from '../shared/route.js';
import { useAnswers } from '../shared/use-answers.js';
import { useAttempt } from '../shared/use-attempt.js';
import { useLoad } from '../shared/use-load.js';
import { BrowseTab } from './browse-tab.js';
import { CategoryList } from './category-list.js';
import { LabelTab } from './label-tab.js';
import { ResultsTab } from './results-tab.js';
import { TrainingTab } from './training-tab.js';
import { type Classifier, type Counts, isOver, type Round, type Training } from './types.js';
import { type Jobs, useJobs } from './use-jobs.js';
import type { LabelSending } from './use-label-queues.js';
import { type Labelling, useAttending } from './use-labellings.js';
import { VersionsTab } from './versions-tab.js';
import { apiOf, shareOf, signed, spreadOf } from './words.js';

const TITLES: Readonly<Record<ClassifierTab, string>> = {
  label: 'Label',
  training: 'Training',
  results: 'Results',
  versions: 'Versions',
  browse: 'Browse',
};

/** One classifier: categories and training at the side; labelling, results, versions and browsing beside them. */
export function ClassifierPage(props: {
  id: string;
  tab: ClassifierTab;
  what: string | null;
  /** Labels from own files, on their way. */
  sending: LabelSending;
  labelling: Labelling;
}) {
  const { id, tab, what, sending, labelling } = props;
  const [round, setRound] = useState(0);
  const [classifier, setClassifier] = useState<Classifier | null>(null);
  const again = useCallback(() => setRound((before) => before + 1), []);
  const loaded = useLoad((signal) => get<Classifier>(apiOf(id), signal), [id], round);
  useAnswers(sending.classifier, setClassifier);
  useAttending(labelling, setClassifier);
  useEffect(() => setClassifier(loaded.value), [loaded.value]);
  const counts = useLoad((signal) => get<Counts>(apiOf(id, '/counts?minScore=0.5'), signal), [id], round);
  const jobs = useJobs(id, again);
  const change = useCallback((now?: Classifier) => (now ? setClassifier(now) : again()), [again]);
  const unread = <ErrorNote error={loaded.error ?? (classifier && counts.error)} onRetry={again} />;
  if (!classifier) return unread;
  return (
    <div class="search-page classifier-page">
      <aside class="query" aria-label="Classifier">
        <a href={CLASSIFIERS} class="back">
          ← Classifiers
        </a>
        <Heading classifier={classifier} onChanged={change} />
        <CategoryList classifier={classifier} counts={counts.value} onChanged={change} />
        {classifier.labelsWithoutImage > 0 && (
          <p class="muted">
            {classifier.labelsWithoutImage} labels are of images that were deleted; they count again when the same
            content comes back.
          </p>
        )}
        <TrainBox classifier={classifier} jobs={jobs} />
      </aside>
      <div class="found">
        <nav class="tabs" aria-label="Of this classifier">
          {CLASSIFIER_TABS.map((one) => (
            <a key={one} href={classifierAt(id, one)} aria-current={one === tab ? 'page' : undefined}>
              {TITLES[one]}
            </a>
          ))}
        </nav>
        {unread}
        {tab !== 'label' && <ErrorNote error={labelling.error} />}
        {tab === 'label' && (
          <LabelTab
            classifier={classifier}
            sending={sending}
            labelling={labelling}
            retrained={classifier.versionInUse ?? 0}
          />
        )}
        {tab === 'training' && <TrainingTab classifier={classifier} jobs={jobs} />}
        {tab === 'results' && <ResultsTab classifier={classifier} version={what} again={round} onChanged={change} />}
        {tab === 'versions' && <VersionsTab classifier={classifier} jobs={jobs} again={round} onChanged={again} />}
        {tab === 'browse' && <BrowseTab classifier={classifier} category={what} counts={counts.value} />}
      </div>
    </div>
  );
}

function Heading({ classifier, onChanged }: { classifier: Classifier; onChanged: (now?: Classifier) => void }) {
  const { id, name, kind, versionInUse } = classifier;
  const { attempt, error } = useAttempt();
  const go = useGoing();
  const rename = () => {
    const fresh = prompt('New name of the classifier', name)?.trim();
    if (fresh && fresh !== name)
      void attempt(async () => onChanged(await patch<Classifier>(apiOf(id), { name: fresh })));
  };
  const drop = () => {
    if (!confirm(`Delete ${name} with its labels, versions and scores for good? The images stay.`)) return;
    void attempt(async () => {
      await remove(apiOf(id));
      go(CLASSIFIERS);
    });
  };
  return (
    <div>
      <h1>{name}</h1>
      <p class="muted">
        {kind === 'single' ? 'One category an image' : 'Each category a yes/no question'};{' '}
        {versionInUse === null ? 'no version in use' : `version ${versionInUse} in use`}
      </p>
      <p class="assign-line">
        <button type="button" class="link" onClick={rename}>
          Rename
        </button>
        <button type="button" class="link" onClick={drop}>
          Delete
        </button>
      </p>
      <ErrorNote error={error} />
    </div>
  );
}

/** Training from wherever one is: the button, and how far it is. */
function TrainBox({ classifier, jobs }: { classifier: Classifier; jobs: Jobs }) {
  const { attempt, error, busy } = useAttempt();
  const { training, rescoring } = jobs;
  const running = training !== null && !isOver(training);
  const scoring = rescoring !== null && !isOver(rescoring);
  const start = () => attempt(async () => jobs.began(await post<Training>(apiOf(classifier.id, '/trainings'), {})));
  return (
    <div class="progress">
      <button type="button" class="button primary" disabled={running || busy} onClick={() => void start()}>
        Train
      </button>
      <ErrorNote error={error ?? jobs.error} />
      {running && (
        <>
          <progress max={1} value={training.progress.done} aria-label="Training" />
          <p class="muted" aria-live="polite">
            {training.progress.message} <a href={classifierAt(classifier.id, 'training')}>Curves</a>
          </p>
        </>
      )}
      {!running && scoring && (
        <>
          <progress max={Math.max(1, rescoring.total)} value={rescoring.scored} aria-label="Scoring the library" />
          <p class="muted">Scoring the library with version {rescoring.version}.</p>
        </>
      )}
      {training?.status === 'failed' && (
        <p class="muted">
          The last training failed. <a href={classifierAt(classifier.id, 'training')}>Why?</a>
        </p>
      )}
      {training?.status === 'done' && training.version !== null && (
        <LastRound id={classifier.id} version={training.version} />
      )}
    </div>
  );
}

/** What the last round of labels brought. */
function LastRound({ id, version }: { id: string; version: number }) {
  const { value } = useLoad((signal) => get<{ rounds: Round[] }>(apiOf(id, '/rounds'), signal), [id, version]);
  const round = value?.rounds.find((one) => one.version === version);
  return (
    <p class="muted">
      Version {version}
      {round && `: ${shareOf(round.top1)} right (${spreadOf(round.top1)})`}
      {round &&
        round.gain !== null &&
        `, ${signed(100 * round.gain.difference)} points on the same images with ${round.added} more labelled ones`}
      . <a href={classifierAt(id, 'results', version)}>How good is it?</a>
    </p>
  );
}
