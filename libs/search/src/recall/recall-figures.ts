import type { FilterShape } from '#libs/catalogue';

/** Comparisons that a figure is made of at most; older ones make room. */
const WINDOW = 500;

/** How much of the exact answers searches found, for one shape of filter. */
export interface RecallFigure {
  readonly shape: FilterShape;
  /** Mean share of the ten best that was found, 0 … 1. */
  readonly recall: number;
  /** Worst of them. */
  readonly least: number;
  /** Searches it is the mean of. */
  readonly searches: number;
  /** When the last was compared. */
  readonly at: Date;
}

/** Adds up comparisons by shape. */
export class RecallFigures {
  private readonly windows = new Map<FilterShape, { recalls: number[]; at: Date }>();

  add(shape: FilterShape, recall: number, at: Date): void {
    const recalls = [...(this.windows.get(shape)?.recalls ?? []), recall].slice(-WINDOW);
    this.windows.set(shape, { recalls, at });
  }

  all(): RecallFigure[] {
    return [...this.windows].map(([shape, { recalls, at }]) => ({
      shape,
      recall: recalls.reduce((sum, recall) => sum + recall, 0) / recalls.length,
      least: Math.min(...recalls),
      searches: recalls.length,
      at,
    }));
  }
}
