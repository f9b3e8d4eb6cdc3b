import { useEffect, useState } from 'preact/hooks';
import { get } from '../shared/api.js';
import { ErrorNote } from '../shared/notice.js';
import { useLoad } from '../shared/use-load.js';
import type { Comparison, Estimate, Version } from './types.js';
import { apiOf, shareOf, signed, spreadOf } from './words.js';

/** Two versions side by side, and a word on what can be concluded. */
export function Comparing({ classifier, versions }: { classifier: string; versions: readonly Version[] }) {
  const numbers = versions.map(({ version }) => version);
  const [newest = 0, before = 0] = numbers;
  const [chosenA, setA] = useState(before);
  const [chosenB, setB] = useState(newest);
  // The newest that the other one is not takes the place of one that was deleted.
  const present = (chosen: number, other: number): number =>
    numbers.includes(chosen) ? chosen : (numbers.find((one) => one !== other) ?? 0);
  const b = present(chosenB, chosenA);
  const a = present(chosenA, b);
  // And stays there, whatever the other one is changed to.
  useEffect(() => {
    setA(a);
    setB(b);
  }, [a, b]);
  const { value, error } = useLoad(
    (signal) => get<Comparison>(apiOf(classifier, `/versions/compare?a=${a}&b=${b}`), signal),
    [classifier, a, b],
  );
  const choice = (label: string, chosen: number, choose: (version: number) => void) => (
    <label class="field">
      <span>{label}</span>
      <select value={String(chosen)} onChange={({ currentTarget }) => choose(Number(currentTarget.value))}>
        {versions.map(({ version }) => (
          <option key={version} value={String(version)}>
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
