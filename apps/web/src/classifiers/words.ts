import { counted } from '../shared/format.js';
import type { Classifier, Estimate, Paired, Rescoring } from './types.js';

/** Path of a classifier in the API, and of what is below it. */
export const apiOf = (id: string, rest = ''): string => `/v1/classifiers/${encodeURIComponent(id)}${rest}`;

export const percent = (share: number): string => (100 * share).toFixed(1);

/** `94.2 %`. */
export const shareOf = ({ value }: Estimate): string => (value === null ? 'not measured' : `${percent(value)} %`);

/** `88.4–97.1, n 120`: the 95 % interval and what it rests on. */
export const spreadOf = ({ low, high, n, value }: Estimate): string =>
  value === null ? `n ${n}` : `${percent(low)}–${percent(high)}, n ${n}`;

/** `+1.4`, with a true minus. */
export const signed = (value: number): string => `${value >= 0 ? '+' : '−'}${Math.abs(value).toFixed(1)}`;

/** `−7.9 to +13.3, n 35`: the 95 % interval of a difference, in points, and what it rests on. */
export const differenceSpreadOf = ({ low, high, n }: Paired): string =>
  `${signed(100 * low)} to ${signed(100 * high)}, n ${n}`;

/** `cat, not wild`. */
export const labelsInWords = (
  labels: readonly { readonly category: string; readonly value: 'positive' | 'negative' }[],
): string => labels.map(({ category, value }) => (value === 'negative' ? `not ${category}` : category)).join(', ');

/** What has become of the scoring of the library with a version, and whether filters use it. */
export function rescoringInWords({ status, version, scored, total, lacking }: Omit<Rescoring, 'error'>): string {
  const so = `${scored} of ${counted(total, 'image')}`;
  const words = {
    queued: `Scored ${so} of the library.`,
    running: `Scored ${so} of the library.`,
    done: `All ${counted(scored, 'image')} scored; filters use version ${version}.`,
    failed: `The scoring failed after ${so}; filters do not use version ${version}.`,
    cancelled: `The scoring was cancelled after ${so}; filters do not use version ${version}.`,
  }[status];
  return lacking > 0 ? `${words} ${counted(lacking, 'image')} cannot be scored.` : words;
}

/** Why there is no suggestion. Before a version is in use, the service looks at the newest images only. */
export const nothingToSuggest = ({ versionInUse }: Pick<Classifier, 'versionInUse'>): string =>
  versionInUse === null
    ? 'None of the newest images is without a label. Once a version is in use, suggestions come from the whole library; until then look under Library.'
    : `Every image that version ${versionInUse} has scored has a label.`;

/** A part of a field's name that is no plain word is quoted. */
const part = (name: string): string => (/^[\p{L}\p{N}_\-:/]+$/u.test(name) ? name : JSON.stringify(name));

/** The search filter that takes what the version in use puts into a category. */
export const filterOf = ({ name }: Classifier, category: string, least: number): string =>
  `category.${part(name)}.${part(category)} >= ${least}`;
