import { get } from '../shared/api.js';
import { counted } from '../shared/format.js';
import { ErrorNote } from '../shared/notice.js';
import { classifierAt } from '../shared/route.js';
import { useLoad } from '../shared/use-load.js';
import { CategoryTable } from './category-table.js';
import { ConfusionTable } from './confusion-table.js';
import { DoubtedLabels } from './doubted-labels.js';
import { LearnedWeights } from './learned-weights.js';
import { Plot } from './plot.js';
import { shownVersion } from './report-readings.js';
import { AccuracyCurve, LearningCurve, SearchedPoints } from './training-plots.js';
import type { Classifier, Report, Version, VersionDetail } from './types.js';
import { apiOf, percent, shareOf, spreadOf } from './words.js';

/** Everything measured of one version, with what it rests on. */
export function ResultsTab(props: {
  classifier: Classifier;
  /** Number of the version; null: the one in use, else the newest. */
  version: string | null;
  /** Another one when there may be new versions. */
  again: number;
  onChanged: (now: Classifier) => void;
}) {
  const { classifier } = props;
  const versions = useLoad(
    (signal) => get<{ versions: Version[] }>(apiOf(classifier.id, '/versions'), signal),
    [classifier.id],
    props.again,
  );
  const all = versions.value?.versions ?? [];
  const wanted = shownVersion(props.version, all) ?? '';
  const detail = useLoad(
    wanted === '' ? null : (signal) => get<VersionDetail>(apiOf(classifier.id, `/versions/${wanted}`), signal),
    [classifier.id, wanted],
    props.again,
  );
  if (versions.value && all.length === 0) return <p class="nothing">There is no version yet. Label, then train.</p>;
  return (
    <section aria-label="Results" class="tab">
      <label class="field narrow">
        <span>Version</span>
        <select
          value={wanted}
          onChange={({ currentTarget }) => {
            location.hash = classifierAt(classifier.id, 'results', currentTarget.value);
          }}
        >
          {all.map(({ version, inUse }) => (
            <option key={version} value={String(version)}>
              {version}
              {inUse ? ' (in use)' : ''}
            </option>
          ))}
        </select>
      </label>
      <ErrorNote error={versions.error ?? detail.error} />
      {detail.value && <Results classifier={classifier} detail={detail.value} onChanged={props.onChanged} />}
    </section>
  );
}

function Results(props: { classifier: Classifier; detail: VersionDetail; onChanged: (now: Classifier) => void }) {
  const { classifier, detail } = props;
  const { report, data } = detail;
  const title = `${detail.kind ?? 'imported'} on ${detail.taps.join(' + ')}`;
  if (!report) {
    return (
      <>
        <p class="nothing">{title}. It was imported without a report.</p>
        <LearnedWeights classifier={classifier} detail={detail} />
      </>
    );
  }
  const { metrics, chosen } = report;
  return (
    <>
      <div class="headline">
        <div>
          <strong class="figure">{shareOf(metrics.top1)}</strong>
          <span class="muted"> {classifier.kind === 'single' ? 'put into the right category' : 'decided right'}</span>
          <p>
            {percent(metrics.top1.low)} to {percent(metrics.top1.high)} % with 95 % confidence, n {metrics.top1.n}.
            {metrics.top1.tooFew && <TooFew />}
          </p>
        </div>
        <p class="muted">
          {metrics.sourceInWords} {title}, {counted(detail.examples ?? 0, 'example')}, seed {report.seed}, trained in{' '}
          {(report.milliseconds / 1000).toFixed(1)} s. {chosen.reason}
        </p>
      </div>
      {detail.stale && (
        <p class="error">It was made with another encoder and scores nothing until it is trained again.</p>
      )}
      {data && data.leftOut.length > 0 && (
        <p class="muted">
          {counted(data.leftOut.length, 'example')} left out:{' '}
          {[...new Set(data.leftOut.map(({ reason }) => reason))].join('; ')}.
        </p>
      )}
      <Checks checks={report.checks} />
      <CategoryTable categories={metrics.categories} />
      <ConfusionTable metrics={metrics} />
      <div class="plots">
        <Calibration report={report} />
        <AccuracyCurve curve={report.accuracyCurve} />
        <SearchedPoints searched={report.searched} />
        <LearningCurve curve={report.learningCurve} />
      </div>
      <LearnedWeights classifier={classifier} detail={detail} />
      <DoubtedLabels classifier={classifier} version={detail.version} onChanged={props.onChanged} />
    </>
  );
}

const TooFew = () => <span class="too-few">too few to tell</span>;

/** Warnings first; what passed is behind a fold. */
function Checks({ checks }: { checks: Report['checks'] }) {
  const noted = checks.filter(({ outcome }) => outcome === 'failed' || outcome === 'warning');
  const rest = checks.filter(({ outcome }) => outcome === 'passed' || outcome === 'skipped');
  const list = (some: Report['checks']) => (
    <ul class="checks">
      {some.map(({ name, outcome, words }) => (
        <li key={name} class={outcome}>
          <span class="outcome">{outcome}</span> {words}
        </li>
      ))}
    </ul>
  );
  return (
    <section aria-labelledby="checks-title" class="block">
      <h3 id="checks-title">Checks</h3>
      {list(noted)}
      {rest.length > 0 && (
        <details>
          <summary>
            {rest.filter(({ outcome }) => outcome === 'passed').length} passed
            {rest.some(({ outcome }) => outcome === 'skipped') &&
              `, ${rest.filter(({ outcome }) => outcome === 'skipped').length} skipped`}
          </summary>
          {list(rest)}
        </details>
      )}
    </section>
  );
}

function Calibration({ report }: { report: Report }) {
  const { calibration, accepted } = report.metrics;
  const { ece, eceBefore, bins } = calibration;
  return (
    <div>
      <h3>Does it mean what it says?</h3>
      <Plot
        label={`How often it was right against how sure it was; calibration error ${shareOf(ece)}`}
        x={{ title: 'how sure it was', range: [0, 1] }}
        y={{ title: 'how often it was right', range: [0, 1] }}
        series={[{ name: 'bins', points: bins.map(({ confidence, accuracy }) => ({ x: confidence, y: accuracy })) }]}
        diagonal
      />
      <p class="muted">
        Calibration error {shareOf(ece)} ({spreadOf(ece)})
        {eceBefore !== null && `; before calibration ${percent(eceBefore)} %`}.{ece.tooFew && <TooFew />}
        {accepted !== null &&
          accepted.value !== null &&
          ` Of images like the labelled ones ${shareOf(accepted)} (${spreadOf(accepted)}) are accepted; the others are called unlike anything labelled.`}
      </p>
    </div>
  );
}
