import { formatTable } from '../format/table.js';
import type { MetricsView } from './views.js';

/** More categories than this make a matrix too wide for a terminal. */
const MATRIX_UP_TO = 12;
/** Pairs that are listed in place of a wider matrix. */
const MOST_PAIRS = 15;

/**
 * What was taken for what. single: the whole matrix, rows what it is and columns what was said, or the most frequent of the
 * confused pairs where there are many categories. multi: the right and the wrong decisions of each category.
 *
 * @returns an empty string where nothing was measured
 */
export function confusionText({ categories, confusion, confusionByCategory, n }: MetricsView): string {
  const names = categories.map(({ name }) => name);
  if (n === 0) return '';
  if (confusion.length === 0) return decisionsText(names, confusionByCategory);
  return names.length <= MATRIX_UP_TO ? matrixText(names, confusion) : pairsText(names, confusion);
}

/** Images were asked about several times where folds were repeated, so counts are means. */
const count = (images: number): string => String(Number(images.toFixed(1)));

function matrixText(names: readonly string[], confusion: readonly (readonly number[])[]): string {
  const columns = [
    { title: 'CONFUSION: IT IS' },
    ...names.map((_, at) => ({ title: `(${at + 1})`, right: true })),
    { title: '' },
  ];
  const rows = names.map((name, at) => [
    `(${at + 1}) ${name}`,
    ...(confusion[at] ?? []).map((images) => (images === 0 ? '.' : count(images))),
    at === 0 ? 'columns: what was said' : '',
  ]);
  return formatTable(columns, rows);
}

function pairsText(names: readonly string[], confusion: readonly (readonly number[])[]): string {
  const pairs = confusion
    .flatMap((row, is) => row.map((images, said) => ({ is, said, images })))
    .filter(({ is, said, images }) => is !== said && images > 0)
    .sort((one, other) => other.images - one.images || one.is - other.is || one.said - other.said);
  if (pairs.length === 0) return 'No category was taken for another.';
  const rows = pairs.slice(0, MOST_PAIRS).map(({ is, said, images }) => {
    const all = (confusion[is] ?? []).reduce((sum, one) => sum + one, 0);
    return [names[is] ?? '', names[said] ?? '', count(images), count(all)];
  });
  const columns = [
    { title: 'CONFUSED: IT IS' },
    { title: 'SAID' },
    { title: 'IMAGES', right: true },
    { title: 'OF', right: true },
  ];
  const left = pairs.length - rows.length;
  return formatTable(columns, rows) + (left > 0 ? `\n${left} more pairs, each as rare or rarer.` : '');
}

/** @param decisions per category [[rightly no, wrongly yes], [wrongly no, rightly yes]] */
function decisionsText(names: readonly string[], decisions: readonly (readonly (readonly number[])[])[]): string {
  const rows = names.map((name, at) => {
    const [[trueNo = 0, falseYes = 0] = [], [falseNo = 0, trueYes = 0] = []] = decisions[at] ?? [];
    return [name, count(trueYes), count(falseYes), count(falseNo), count(trueNo)];
  });
  const columns = [
    { title: 'DECISIONS' },
    { title: 'RIGHTLY YES', right: true },
    { title: 'WRONGLY YES', right: true },
    { title: 'WRONGLY NO', right: true },
    { title: 'RIGHTLY NO', right: true },
  ];
  return formatTable(columns, rows);
}
