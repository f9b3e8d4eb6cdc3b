import { meanWithInterval, precisionAt, type Estimate } from './metrics.js';

export interface Neighbour {
  readonly id: number;
  readonly score: number;
  readonly name: string;
  readonly category?: string;
}

export interface AnsweredQuery {
  readonly path: string;
  readonly name: string;
  readonly category?: string;
  readonly neighbours: readonly Neighbour[];
}

export interface CategoryResult extends Estimate {
  readonly category: string;
}

export interface Evaluation {
  readonly k: number;
  /** Absent where no query has a category. */
  readonly overall?: Estimate;
  /** Best first. */
  readonly categories: readonly CategoryResult[];
}

/** Precision at `k` over the queries that have a category, overall and for each category. */
export function evaluate(queries: readonly AnsweredQuery[], k: number): Evaluation {
  const shares = new Map<string, number[]>();
  for (const { category, neighbours } of queries) {
    if (category === undefined) continue;
    const share = precisionAt(
      k,
      category,
      neighbours.map((neighbour) => neighbour.category),
    );
    shares.set(category, [...(shares.get(category) ?? []), share]);
  }
  if (shares.size === 0) return { k, categories: [] };
  const categories = [...shares].map(([category, values]) => ({ category, ...meanWithInterval(values) }));
  categories.sort((a, b) => b.value - a.value || a.category.localeCompare(b.category));
  return { k, overall: meanWithInterval([...shares.values()].flat()), categories };
}
