import { mistakesOf } from './report-readings.js';
import type { Report } from './types.js';

const MOST_PAIRS = 5;
/** Counts are means over repeats, so they need not be whole. */
const countOf = (value: number): string => String(Math.round(value * 10) / 10);

/** What it is against what was said. */
export function ConfusionTable({ metrics }: { metrics: Report['metrics'] }) {
  const { categories, confusion, confusionByCategory } = metrics;
  const names = categories.map(({ name }) => name);
  return (
    <section aria-labelledby="confusion-title" class="block">
      <h3 id="confusion-title">{confusion.length > 0 ? 'Confusion matrix' : 'Decisions'}</h3>
      {confusion.length > 0 ? (
        <>
          <Worst names={names} confusion={confusion} />
          <div class="scroll">
            <table class="confusion">
              <thead>
                <tr>
                  <td>is ↓ said →</td>
                  {names.map((name) => (
                    <th key={name} scope="col">
                      <span>{name}</span>
                    </th>
                  ))}
                </tr>
              </thead>
              <tbody>
                {confusion.map((row, is) => {
                  const sum = row.reduce((all, value) => all + value, 0) || 1;
                  return (
                    <tr key={names[is]}>
                      <th scope="row">{names[is]}</th>
                      {row.map((value, said) => (
                        <td
                          key={names[said]}
                          class={is === said ? 'right' : 'wrong'}
                          style={{ '--share': `${Math.round((100 * value) / sum)}%` }}
                          title={`${names[is]} called ${names[said]}: ${countOf(value)}`}
                        >
                          {value > 0 ? countOf(value) : ''}
                        </td>
                      ))}
                    </tr>
                  );
                })}
              </tbody>
            </table>
          </div>
        </>
      ) : (
        <div class="scroll">
          <table class="figures">
            <thead>
              <tr>
                <th scope="col">Category</th>
                {['Rightly in', 'Rightly out', 'Wrongly in', 'Missed'].map((title) => (
                  <th key={title} scope="col" class="number">
                    {title}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {confusionByCategory.map(([[tn = 0, fp = 0] = [], [fn = 0, tp = 0] = []], at) => (
                <tr key={names[at]}>
                  <th scope="row">{names[at]}</th>
                  {[tp, tn, fp, fn].map((value, index) => (
                    <td key={index} class="number">
                      {countOf(value)}
                    </td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
}

/** The commonest mistakes in words. */
function Worst({ names, confusion }: { names: readonly string[]; confusion: readonly (readonly number[])[] }) {
  const pairs = mistakesOf(confusion, MOST_PAIRS);
  if (pairs.length === 0) return <p class="muted">No mistake was seen.</p>;
  return (
    <p class="muted">
      Taken for another most often:{' '}
      {pairs.map(({ is, said, images }) => `${names[is]} for ${names[said]} (${countOf(images)})`).join(', ')}.
    </p>
  );
}
