import { argmax, type Prediction } from '../report/measure.js';
import type { SuspiciousLabel } from '../report/training-report.js';
import type { PreparedSet } from './prepare-set.js';

const MOST = 50;
/** A label as likely as this, by a head that did not see it, is not suspicious. */
const LIKELY = 0.5;

/** The labels that heads fitted without them find hardest to believe, the least probable first. */
export function suspiciousLabels(data: PreparedSet, predictions: readonly Prediction[]): SuspiciousLabel[] {
  const { categories, mode, ids } = data.set;
  const units = categories.length;
  const found = new Map<string, { sum: number; count: number; label: SuspiciousLabel }>();
  for (const { at, probabilities } of predictions) {
    const imageId = ids[data.rows[at] as number] as string;
    const best = categories[argmax(probabilities)]?.id ?? null;
    probabilities.forEach((p, unit) => {
      const target = data.targets[at * units + unit] as number;
      if (target === 0 || (mode === 'single' && target < 0)) return;
      const categoryId = categories[unit]?.id ?? '';
      const key = `${imageId}\n${categoryId}`;
      const entry = found.get(key) ?? {
        sum: 0,
        count: 0,
        label: { imageId, categoryId, label: target as 1 | -1, probability: 0, suggestedCategoryId: null },
      };
      entry.sum += target > 0 ? p : 1 - p;
      entry.count++;
      const suggestion = mode === 'single' && best !== categoryId ? best : null;
      entry.label = { ...entry.label, suggestedCategoryId: suggestion ?? entry.label.suggestedCategoryId };
      found.set(key, entry);
    });
  }
  return [...found.values()]
    .map(({ sum, count, label }) => ({ ...label, probability: sum / count }))
    .filter(({ probability }) => probability < LIKELY)
    .sort((a, b) => a.probability - b.probability)
    .slice(0, MOST);
}
