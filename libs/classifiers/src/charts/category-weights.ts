import type { Spec } from 'vega';
import type { HeadDocument } from '../scoring/head-document.js';
import { unpack64 } from '../scoring/pack.js';
import { distinctNames } from './distinct-names.js';
import { matrix, type Cell } from './matrix.js';

/**
 * How the head weighs categories against each other: cosines between the weights of each two of them. Two that look much alike end
 * up opposed in what little tells them apart; two on one side are told from the rest by the same features. What all
 * categories of a `single` head have in common decides nothing and is left out. null for heads with a hidden layer, where a category has
 * no weights of its own, and for fewer than three categories, which leave nothing to compare.
 */
export function categoryWeights({ mode, categories, layers }: HeadDocument): Spec | null {
  const [first, ...hidden] = layers;
  if (!first || hidden.length > 0 || categories.length < 3) return null;
  const { inputs } = first;
  const learned = unpack64(first.weights);
  const rows = categories.map((_, at) => learned.slice(at * inputs, (at + 1) * inputs));
  if (mode === 'single') subtractMean(rows);
  const names = distinctNames(categories.map(({ name }) => name));
  const cells = rows.flatMap((row, at): Cell[] =>
    rows.flatMap((other, to) => {
      if (to === at) return [];
      const likeness = cosine(row, other);
      return [{ row: names[at] ?? '', column: names[to] ?? '', n: Math.round(likeness * 100) / 100, shade: likeness }];
    }),
  );
  return matrix({
    title: 'Category against category',
    subtitle:
      'Cosine between the learned weights. Far below 0: hard to tell apart; above 0: told from the rest by the same features',
    rows: names,
    columns: names,
    rowTitle: 'category',
    columnTitle: 'category',
    cells,
    colours: { domain: [-1, 1], range: { scheme: 'redblue' } },
    legend: { title: 'cosine', format: '.1f' },
    dark: 'abs(datum.shade) > 0.7',
  });
}

function subtractMean(rows: readonly Float64Array[]): void {
  for (let at = 0; at < (rows[0]?.length ?? 0); at++) {
    const mean = rows.reduce((sum, row) => sum + (row[at] as number), 0) / rows.length;
    for (const row of rows) row[at] = (row[at] as number) - mean;
  }
}

/** 0 where one of them is all zero. */
function cosine(a: Float64Array, b: Float64Array): number {
  let [dot, aa, bb] = [0, 0, 0];
  for (let at = 0; at < a.length; at++) {
    const [x, y] = [a[at] as number, b[at] as number];
    dot += x * y;
    aa += x * x;
    bb += y * y;
  }
  return dot === 0 ? 0 : dot / Math.sqrt(aa * bb);
}
