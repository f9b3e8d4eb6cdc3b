export const MEASURES = [
  { key: 'map', title: 'mAP' },
  { key: 'precision1', title: 'P@1' },
  { key: 'precision5', title: 'P@5' },
  { key: 'knn', title: '10-NN' },
  { key: 'linear5', title: 'linear, 5 a class' },
  { key: 'linear10', title: 'linear, 10 a class' },
] as const;

export interface Measured {
  readonly mean: number;
  /** Half the width of the 95 % interval. */
  readonly interval: number;
  /** How many classes it is of, where some may be too small for it. */
  readonly classes?: number;
}

/** null: there was nothing to measure. */
export type Quality = Readonly<Record<(typeof MEASURES)[number]['key'], Measured | null>>;

export interface Described {
  /** n × dimension, row by row; need not be normalised. */
  readonly vectors: Float32Array;
  readonly dimension: number;
  /** Class number of each row. */
  readonly classes: Int32Array;
}

/** Mean with the 95 % interval of a normal mean. */
export function summarise(values: readonly number[]): Measured {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / Math.max(1, values.length - 1);
  return { mean, interval: 1.96 * Math.sqrt(variance / values.length) };
}

export const summariseAny = (values: readonly number[]): Measured | null =>
  values.length === 0 ? null : summarise(values);

/** As tables have it. */
export function shown(measured: Measured | null): string {
  if (measured === null) return '–';
  const { mean, interval, classes } = measured;
  const of = classes === undefined ? '' : ` (${classes} classes)`;
  return `${mean.toFixed(3)} ± ${interval.toFixed(3)}${of}`;
}
