/** What the API answers about classifiers, as far as commands look at it. */
export interface ClassifierView {
  readonly id: string;
  readonly name: string;
  readonly kind: 'single' | 'multi';
  readonly categories: readonly {
    readonly id: string;
    readonly name: string;
    readonly positives: number;
    readonly negatives: number;
  }[];
  readonly versionInUse: number | null;
  readonly labelsWithoutImage: number;
}

/** Two versions on the images that both were measured on. */
export interface PairedView {
  readonly n: number;
  readonly difference: number;
  readonly low: number;
  readonly high: number;
}

export interface ItemProblem {
  readonly code: string;
  readonly detail: string;
}

export interface LabelReportView {
  readonly results: readonly {
    readonly status: string;
    readonly superseded?: readonly string[];
    readonly error?: ItemProblem;
  }[];
  readonly labelled: number;
  readonly failed: number;
  readonly classifier: ClassifierView;
}

export interface TrainingJobView {
  readonly id: string;
  readonly status: 'queued' | 'running' | 'done' | 'failed' | 'cancelled';
  readonly progress: { readonly stage: string; readonly done: number; readonly message: string };
  readonly version: number | null;
  readonly error: ItemProblem | null;
}

export interface RetrainedView {
  readonly started: readonly { readonly classifier: string; readonly training: TrainingJobView }[];
  readonly failed: readonly { readonly classifier: string; readonly error: ItemProblem }[];
}

export interface RescoringView {
  readonly version: number;
  readonly status: TrainingJobView['status'];
  readonly scored: number;
  readonly total: number;
  readonly lacking: number;
  readonly error: ItemProblem | null;
}

export interface EstimateView {
  readonly value: number | null;
  readonly low: number;
  readonly high: number;
  readonly n: number;
  readonly tooFew: boolean;
}

export interface MetricsView {
  readonly n: number;
  readonly sourceInWords: string;
  readonly top1: EstimateView;
  readonly macroF1: number | null;
  readonly calibration: { readonly ece: EstimateView };
  /** single: rows what it is, columns what was said; multi: empty. */
  readonly confusion: readonly (readonly number[])[];
  /** multi: per category [[rightly no, wrongly yes], [wrongly no, rightly yes]]. */
  readonly confusionByCategory: readonly (readonly (readonly number[])[])[];
  readonly categories: readonly {
    readonly name: string;
    readonly positives: number;
    readonly precision: EstimateView;
    readonly recall: EstimateView;
    readonly f1: EstimateView;
  }[];
}

export interface VersionDetailView {
  readonly version: number;
  readonly inUse: boolean;
  readonly stale: boolean;
  readonly kind: string | null;
  readonly taps: readonly string[];
  readonly examples: number | null;
  readonly top1: EstimateView | null;
  readonly createdAt: string;
  readonly report: {
    readonly chosen: { readonly reason: string };
    readonly checks: readonly { readonly name: string; readonly outcome: string; readonly words: string }[];
    readonly suspicious: readonly { readonly imageId: string; readonly probability: number }[];
    readonly milliseconds: number;
    readonly metrics: MetricsView;
  } | null;
}

/** Labels worth a second look, as they are now. */
export interface DoubtedView {
  readonly labels: readonly {
    readonly example: string;
    readonly image: string | null;
    readonly category: string;
    readonly value: 'positive' | 'negative';
    readonly probability: number;
    readonly suggested: string | null;
    readonly state: string;
  }[];
  /** Near-duplicates that were labelled differently. */
  readonly contradictions: readonly {
    readonly duplicates: readonly {
      readonly example: string;
      readonly image: string | null;
      readonly name: string | null;
      readonly labels: readonly { readonly category: string; readonly value: 'positive' | 'negative' }[];
    }[];
    readonly state: 'open' | 'settled';
  }[];
}

/** A share with its interval, for a person. */
export function estimateText({ value, low, high, n, tooFew }: EstimateView): string {
  if (value === null) return 'not measured';
  const percent = (share: number) => `${(100 * share).toFixed(1)}`;
  return `${percent(value)} % (${percent(low)}–${percent(high)}, n ${n})${tooFew ? ' too few to tell' : ''}`;
}
