import { get, post, remove, request } from '../shared/api.js';
import { ErrorNote } from '../shared/notice.js';
import { PickFiles } from '../shared/pick-files.js';
import { classifierAt } from '../shared/route.js';
import { type Attempt, useAttempt } from '../shared/use-attempt.js';
import { useLoad } from '../shared/use-load.js';
import { Comparing } from './comparing.js';
import { Plot } from './plot.js';
import type { Classifier, Round, Version } from './types.js';
import type { Jobs } from './use-jobs.js';
import { apiOf, differenceSpreadOf, shareOf, signed, spreadOf } from './words.js';

/** Every version with what its labels brought; any of them can be used, compared, exported and deleted. */
export function VersionsTab(props: { classifier: Classifier; jobs: Jobs; again: number; onChanged: () => void }) {
  const { classifier, jobs } = props;
  const { value, error } = useLoad(
    async (signal) => {
      const [{ versions }, { rounds }] = await Promise.all([
        get<{ versions: Version[] }>(apiOf(classifier.id, '/versions'), signal),
        get<{ rounds: Round[] }>(apiOf(classifier.id, '/rounds'), signal),
      ]);
      return { versions, rounds };
    },
    [classifier.id],
    `${classifier.versionInUse} ${props.again}`,
  );
  const doing = useAttempt();
  const importFile = (file: File) =>
    doing.attempt(async () => {
      await post(apiOf(classifier.id, '/versions/import'), await exportedIn(file));
      props.onChanged();
    });
  if (!value) return <ErrorNote error={error} />;
  const { versions, rounds } = value;
  return (
    <section aria-label="Versions" class="tab">
      <ErrorNote error={error ?? doing.error} />
      {versions.length === 0 ? (
        <p class="nothing">There is no version yet. Label, then train.</p>
      ) : (
        <div class="scroll">
          <table class="figures">
            <thead>
              <tr>
                {['Version', 'Head', 'Examples', 'Right, 95 %', 'Gain, same images', ''].map((title) => (
                  <th key={title} scope="col">
                    {title}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {versions.map((version) => (
                <Row
                  key={version.version}
                  classifier={classifier}
                  version={version}
                  round={rounds.find((one) => one.version === version.version)}
                  doing={doing}
                  onUsed={jobs.follow}
                  onChanged={props.onChanged}
                />
              ))}
            </tbody>
          </table>
        </div>
      )}
      {rounds.length > 1 && (
        <div class="plots">
          <div>
            <h3>What each round of labels brought</h3>
            <Plot
              label="Share decided right with its 95 % interval against the number of labelled images"
              x={{ title: 'labelled images' }}
              y={{ title: 'right', range: [0, 1] }}
              series={[
                {
                  name: 'right',
                  joined: true,
                  points: rounds.flatMap(({ examples, top1: { value: right, low, high } }) =>
                    right === null ? [] : [{ x: examples, y: right, low, high }],
                  ),
                },
              ]}
            />
          </div>
        </div>
      )}
      {versions.length > 1 && <Comparing classifier={classifier.id} versions={versions} />}
      <div class="row wrap">
        <PickFiles accept=".json,.onnx,application/json" onFiles={([file]) => void (file && importFile(file))}>
          Import a version
        </PickFiles>
      </div>
    </section>
  );
}

function Row(props: {
  classifier: Classifier;
  version: Version;
  round: Round | undefined;
  doing: Attempt;
  onUsed: () => void;
  onChanged: () => void;
}) {
  const { classifier, round, doing } = props;
  const { version, inUse, stale, kind, taps, examples, top1 } = props.version;
  const path = apiOf(classifier.id, `/versions/${version}`);
  const use = () => doing.attempt(() => post(`${path}/use`).then(props.onUsed));
  const drop = () => {
    if (!confirm(`Delete version ${version} for good?`)) return;
    void doing.attempt(() => remove(path).then(props.onChanged));
  };
  const save = (what: 'export' | 'onnx', ending: string) =>
    doing.attempt(async () => {
      const blob = await (await request(`${path}/${what}`)).blob();
      download(blob, `${classifier.name}-${version}.${ending}`);
    });
  return (
    <tr>
      <th scope="row">
        <a href={classifierAt(classifier.id, 'results', version)}>{version}</a>
        {inUse && <span class="tag">in use</span>}
        {stale && <span class="tag bad">other encoder</span>}
      </th>
      <td>
        {kind ?? 'imported'} <span class="muted under">{taps.join(' + ')}</span>
      </td>
      <td class="number">{examples ?? '–'}</td>
      <td>
        {top1 ? shareOf(top1) : '–'} <span class="muted under">{top1 && spreadOf(top1)}</span>
        {top1?.tooFew && <span class="too-few">too few to tell</span>}
      </td>
      <td>
        {round?.gain == null ? '–' : signed(100 * round.gain.difference)}{' '}
        <span class="muted under">{round?.gain && differenceSpreadOf(round.gain)}</span>
      </td>
      <td>
        <div class="actions">
          {!inUse && !stale && (
            <button type="button" class="chip" disabled={doing.busy} onClick={() => void use()}>
              Use
            </button>
          )}
          <button type="button" class="chip" onClick={() => void save('export', 'json')}>
            JSON
          </button>
          <button type="button" class="chip" onClick={() => void save('onnx', 'onnx')}>
            ONNX
          </button>
          {!inUse && (
            <button type="button" class="chip" disabled={doing.busy} onClick={drop}>
              Delete
            </button>
          )}
        </div>
      </td>
    </tr>
  );
}

/** Saves what was fetched; a plain link could not send the API key. */
function download(blob: Blob, name: string): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  URL.revokeObjectURL(link.href);
}

/** What the service is sent of an exported file: JSON as it is, ONNX as a form. */
async function exportedIn(file: File): Promise<FormData | object> {
  if (!file.name.endsWith('.onnx')) return JSON.parse(await file.text()) as object;
  const form = new FormData();
  form.append('file', file);
  return form;
}
