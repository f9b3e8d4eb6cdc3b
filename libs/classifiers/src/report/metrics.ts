/** A measured share or score with its 95 % interval; `value` is null where n is 0. */
export interface Estimate {
  readonly value: number | null;
  readonly low: number;
  readonly high: number;
  /**
   * How many independent outcomes it rests on, and the interval with it: images, of which near-duplicates of each other
   * count as one (`independentOf`). `value` is the share of all images.
   */
  readonly n: number;
  /** True when the interval is so wide that the value should not be relied on: "too few to tell". */
  readonly tooFew: boolean;
}

export interface CategoryMetrics {
  readonly id: string;
  readonly name: string;
  readonly positives: number;
  readonly negatives: number;
  /** Of the images put into the category (single: most probable; multi: p ≥ 0.5), the share that belongs there. Wilson. */
  readonly precision: Estimate;
  /** Of the images that belong there, the share that was put there. Wilson. */
  readonly recall: Estimate;
  /** Bootstrap over groups, never narrower than what Wilson's interval makes of as many images. */
  readonly f1: Estimate;
  readonly threshold: ThresholdMetrics;
}

/** What the threshold for the wanted precision, chosen on other data, gave on the data measured on. */
export interface ThresholdMetrics {
  readonly targetPrecision: number;
  /** null: no threshold reaches the target on the data it was chosen on. */
  readonly threshold: number | null;
  readonly precision: Estimate;
  readonly recall: Estimate;
}

export interface CalibrationBin {
  /** Of a version's report, as of an `Estimate`: independent outcomes. */
  readonly n: number;
  /** Mean probability of the bin. */
  readonly confidence: number;
  /** Share that was right. */
  readonly accuracy: number;
}

export interface CalibrationMetrics {
  /** Debiased expected calibration error: 15 bins of equal mass. */
  readonly ece: Estimate;
  /** The same before calibration. */
  readonly eceBefore: number | null;
  readonly bins: readonly CalibrationBin[];
}

export interface Metrics {
  /** Which data the numbers come from. The test fold is used once, for these numbers. */
  readonly source: 'test-fold' | 'out-of-fold';
  readonly sourceInWords: string;
  /** Images measured on, near-duplicates and all. */
  readonly n: number;
  /** single: share whose most probable category is right. multi: mean over categories of the share decided right. */
  readonly top1: Estimate;
  readonly macroF1: number | null;
  /** Mean negative log-likelihood after calibration. */
  readonly logLoss: number | null;
  readonly categories: readonly CategoryMetrics[];
  /** single: C × C counts, rows what it is, columns what was said. multi: per category [[tn, fp], [fn, tp]]. */
  readonly confusion: readonly (readonly number[])[];
  readonly confusionByCategory: readonly (readonly (readonly number[])[])[];
  readonly calibration: CalibrationMetrics;
  /** Share of images like the labelled ones that refusal by distance lets through; null without refusal. */
  readonly accepted: Estimate | null;
}
