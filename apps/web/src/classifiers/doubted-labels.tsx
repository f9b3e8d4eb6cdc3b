import { useState } from 'preact/hooks';
import { get, post } from '../shared/api.js';
import { counted } from '../shared/format.js';
import { ErrorNote } from '../shared/notice.js';
import { similarTo } from '../shared/route.js';
import { Thumbnail } from '../shared/thumbnail.js';
import { useAttempt } from '../shared/use-attempt.js';
import { useLoad } from '../shared/use-load.js';
import { thumbnailOf } from './candidates.js';
import { Contradictions } from './contradictions.js';
import type { Classifier, Doubted, DoubtedLabel, LabelReport } from './types.js';
import { apiOf, percent } from './words.js';

const SHOWN = 12;

/** Labels that the version, fitted without them, found hardest to believe: to be kept or changed. */
export function DoubtedLabels(props: {
  classifier: Classifier;
  version: number;
  onChanged: (now: Classifier) => void;
}) {
  const { classifier, version } = props;
  const [round, setRound] = useState(0);
  const [all, setAll] = useState(false);
  const { value, error } = useLoad(
    (signal) => get<Doubted>(apiOf(classifier.id, `/versions/${version}/doubted-labels`), signal),
    [classifier.id, version],
    round,
  );
  const { attempt, error: failed, busy } = useAttempt();
  const say = (doubt: DoubtedLabel, category: string, confirm: boolean, as = doubt.value) =>
    attempt(async () => {
      const subject = doubt.image === null ? { example: doubt.example } : { image: doubt.image };
      const labels = [{ ...subject, category, value: as }];
      const report = await post<LabelReport>(apiOf(classifier.id, '/labels'), { labels, origin: 'page', confirm });
      const fault = report.results[0]?.error;
      if (fault) throw new Error(fault.detail);
      props.onChanged(report.classifier);
      setRound((before) => before + 1);
    });
  const open = value?.labels.filter(({ state }) => state === 'open') ?? [];
  const shown = all ? open : open.slice(0, SHOWN);
  const settled = (value?.labels.length ?? 0) - open.length;

  return (
    <>
      {value && <Contradictions classifier={classifier.id} contradictions={value.contradictions} />}
      <section aria-labelledby="doubts-title" class="block">
        <h3 id="doubts-title">Labels worth a second look</h3>
        <ErrorNote error={error ?? failed} />
        {value && (
          <p class="muted">
            {open.length === 0 ? 'None is open.' : `${counted(open.length, 'label')}, the least believable first.`}
            {settled > 0 && ` ${settled} settled since.`}
          </p>
        )}
        <ul class="doubts">
          {shown.map((doubt) => (
            <li key={`${doubt.example} ${doubt.category}`}>
              <Picture classifier={classifier.id} doubt={doubt} />
              <div>
                <p>
                  Labelled{' '}
                  <strong>
                    {doubt.value === 'negative' && 'not '}
                    {doubt.category}
                  </strong>
                  <span class="muted">
                    {' '}
                    · believed {percent(doubt.probability)} %{doubt.suggested !== null && `, rather ${doubt.suggested}`}
                  </span>
                </p>
                <div class="row wrap">
                  <button
                    type="button"
                    class="chip"
                    disabled={busy}
                    onClick={() => void say(doubt, doubt.category, true)}
                  >
                    It is right
                  </button>
                  {doubt.suggested !== null && (
                    <button
                      type="button"
                      class="chip"
                      disabled={busy}
                      onClick={() => void say(doubt, doubt.suggested ?? '', false, 'positive')}
                    >
                      It is {doubt.suggested}
                    </button>
                  )}
                  {classifier.kind === 'single' ? (
                    <select
                      class="chip"
                      aria-label="It is another category"
                      disabled={busy}
                      value=""
                      onChange={({ currentTarget }) => void say(doubt, currentTarget.value, false, 'positive')}
                    >
                      <option value="">It is …</option>
                      {classifier.categories
                        .filter(({ name }) => name !== doubt.category && name !== doubt.suggested)
                        .map(({ id, name }) => (
                          <option key={id}>{name}</option>
                        ))}
                    </select>
                  ) : (
                    <button
                      type="button"
                      class="chip"
                      disabled={busy}
                      onClick={() =>
                        void say(doubt, doubt.category, false, doubt.value === 'positive' ? 'negative' : 'positive')
                      }
                    >
                      It is {doubt.value === 'positive' && 'not '}
                      {doubt.category}
                    </button>
                  )}
                </div>
              </div>
            </li>
          ))}
        </ul>
        {shown.length < open.length && (
          <button type="button" class="button more" onClick={() => setAll(true)}>
            All {open.length}
          </button>
        )}
      </section>
    </>
  );
}

function Picture({ classifier, doubt }: { classifier: string; doubt: DoubtedLabel }) {
  const picture = <Thumbnail src={thumbnailOf(classifier, doubt)} alt={`Labelled ${doubt.category}`} />;
  if (doubt.image === null) return <span class="doubt-picture">{picture}</span>;
  return (
    <a class="doubt-picture" href={similarTo(doubt.image)}>
      {picture}
    </a>
  );
}
