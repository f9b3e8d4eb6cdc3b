import type { Classifier } from './types.js';
import { filterOf } from './words.js';

/** An `and` that an even number of quotes follows, escaped ones not counted: it stands inside none. */
const OUTSIDE_QUOTES = / and (?=(?:(?:\\.|[^"\\])*"(?:\\.|[^"\\])*")*(?:\\.|[^"\\])*$)/;

/** The conditions of a filter that are joined by `and`; one inside a quoted name joins nothing. */
export const conditionsOf = (filter: string): string[] =>
  filter
    .split(OUTSIDE_QUOTES)
    .map((one) => one.trim())
    .filter((one) => one !== '');

/**
 * A filter after a click on a category: taken in, or taken back where it was in already. An image is in one category of a
 * single classifier, so that another one takes the place of the first.
 *
 * @param least the score from which an image is in a category
 */
export function toggled(filter: string, classifier: Classifier, category: string, least: number): string {
  const condition = filterOf(classifier, category, least);
  const conditions = conditionsOf(filter);
  const rivals = classifier.kind === 'single' ? classifier.categories : [];
  const given = new Set([condition, ...rivals.map(({ name }) => filterOf(classifier, name, least))]);
  const others = conditions.filter((one) => !given.has(one));
  return (conditions.includes(condition) ? others : [...others, condition]).join(' and ');
}
