import type { Classifier } from './types.js';
import { filterOf } from './words.js';

/** What is quoted, a word with its dots, or any other character. */
const PIECE = /"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|[\p{L}\p{N}_\-:/.]+|[^]/gu;

/**
 * The conditions of a filter that are joined by `and`; one inside quotes or brackets joins nothing. `and` binds tighter
 * than `or`: a filter with an `or` outside brackets is one condition, put into brackets.
 */
export function conditionsOf(filter: string): string[] {
  const conditions: string[] = [];
  let condition = '';
  let depth = 0;
  for (const [piece] of filter.matchAll(PIECE)) {
    if (piece === '(') depth++;
    else if (piece === ')') depth--;
    const word = depth === 0 ? piece.toLowerCase() : '';
    if (word === 'or') return [`(${filter.trim()})`];
    if (word === 'and') {
      conditions.push(condition);
      condition = '';
    } else condition += piece;
  }
  return [...conditions, condition].map((one) => one.trim()).filter((one) => one !== '');
}

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
