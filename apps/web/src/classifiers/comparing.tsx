import { useState } from 'preact/hooks';
import { get } from '../shared/api.js';
import { ErrorNote } from '../shared/notice.js';
import { useLoad } from '../shared/use-load.js';
import type { Comparison, Estimate, Version } from './types.js';
import { apiOf, shareOf, signed, spreadOf } from './words.js';

/** Two versions side by side, and a word on what can be concluded. */
export function Comparing({ classifier, versions }: { classifier: string; versions: readonly Version[] }) {
  const [newest, before] = versions;
  const [a, setA] = useState(before?.version ?? 0);
  const [b, setB] = useState(newest?.version ?? 0);
  const { value, error } = useLoad(
    (signal) => get<Comparison>(apiOf(classifier, `/versions/compare?a=${a}&b=${b}`), signal),
    [classifier, a, b],
  );
  const choice = (label: string, chosen: number, choose: (version: number) => void) => (
    <label class="field">
      <span>{label}</span>
      <select value={chosen} onChange={({ currentTarget }) => choose(Number(currentTarget.value))}>
        {versions.map(({ version }) => (
          <option key={version} value={version}>
            {version}
          </option>
        ))}
      </select>
    </label>
  );
  return (
    <section aria-labelledby="compare-title" class="block">
      <h3 id="compare-title">Compare two versions</h3>
      <div class="row">
        {choice('Version', a, setA)}
        {choice('with version', b, setB)}
      </div>
      <ErrorNote error={error} />
      {value && (
        <>
          <p>{value.words}</p>
          <div class="scroll">
            <table class="figures">
              <thead>
                <tr>
                  <th scope="col">What</th>
                  <th scope="col">Version {value.a}</th>
                  <th scope="col">Version {value.b}</th>
                  <th scope="col">Difference, points</th>
                </tr>
              </thead>
              <tbody>
                {value.numbers.map((row) => (
                  <tr key={row.what}>
                    <th scope="row">{row.what}</th>
                    <Cell estimate={row.a} />
                    <Cell estimate={row.b} />
                    <td>
                      {row.difference === null ? '–' : signed(100 * row.difference)}{' '}
                      <span class="muted">{row.clear ? 'clear' : 'may be chance'}</span>
                    </td>
                  </tr>
                ))}
                {value.settings.map((row) => (
                  <tr key={row.what}>
                    <th scope="row">{row.what}</th>
                    <td>{JSON.stringify(row.a)}</td>
                    <td>{JSON.stringify(row.b)}</td>
                    <td />
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        </>
      )}
    </section>
  );
}

function Cell({ estimate }: { estimate: Estimate | null }) {
  if (!estimate) return <td>–</td>;
  return (
    <td>
      {shareOf(estimate)} <span class="muted">{spreadOf(estimate)}</span>
    </td>
  );
}
