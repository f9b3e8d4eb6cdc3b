import type { CategoryMetrics, Estimate } from './types.js';
import { percent, shareOf, spreadOf } from './words.js';

/** Precision, recall and F1 of every category, each with its interval and n. */
export function CategoryTable({ categories }: { categories: readonly CategoryMetrics[] }) {
  const [first] = categories;
  return (
    <section aria-labelledby="categories-title" class="block">
      <h3 id="categories-title">Categories</h3>
      <div class="scroll">
        <table class="figures">
          <thead>
            <tr>
              <th scope="col">Category</th>
              <th scope="col" class="number">
                Examples
              </th>
              <th scope="col" title="Of the images put into it, the share that belongs there">
                Precision, %
              </th>
              <th scope="col" title="Of the images that belong there, the share that was put there">
                Recall, %
              </th>
              <th scope="col" title="Harmonic mean of precision and recall">
                F1, %
              </th>
              <th scope="col" title="Score from which the wanted precision was reached">
                Threshold for{' '}
                <span class="under">
                  {first ? percent(first.threshold.targetPrecision).replace('.0', '') : ''} % precision
                </span>
              </th>
            </tr>
          </thead>
          <tbody>
            {categories.map(({ id, name, positives, precision, recall, f1, threshold }) => (
              <tr key={id}>
                <th scope="row">{name}</th>
                <td class="number">{positives}</td>
                <Cell estimate={precision} />
                <Cell estimate={recall} />
                <Cell estimate={f1} />
                <td>
                  {threshold.threshold === null ? (
                    <span class="muted">no score reaches it</span>
                  ) : (
                    <>
                      {threshold.threshold.toFixed(2)}
                      <span class="muted under">finds {shareOf(threshold.recall)}</span>
                      <span class="muted under">right {shareOf(threshold.precision)}</span>
                    </>
                  )}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

function Cell({ estimate }: { estimate: Estimate }) {
  return (
    <td class={estimate.tooFew ? 'unsure' : ''}>
      {estimate.value === null ? '–' : percent(estimate.value)}{' '}
      {estimate.tooFew && <span class="too-few">too few to tell</span>}
      <span class="muted under">{estimate.value === null ? 'not measured' : spreadOf(estimate)}</span>
    </td>
  );
}
