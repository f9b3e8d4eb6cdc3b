/** Charts of a version, by the name they have in addresses and files. */
export const CHART_NAMES = [
  'learning-curve',
  'accuracy-curve',
  'regularisation',
  'learning-rate',
  'confusion',
  'calibration',
  'weights',
  'category-weights',
] as const;
export type ChartName = (typeof CHART_NAMES)[number];
