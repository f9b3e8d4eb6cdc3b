/** What the API answers, as far as the page reads it; see /docs for the whole. */

export interface Image {
  readonly id: string;
  readonly width: number;
  readonly height: number;
  readonly format: string;
  readonly source: string | null;
  readonly collections: readonly string[];
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly thumbnailUrl: string;
  readonly originalUrl: string;
}

export interface ImagePage {
  readonly images: readonly Image[];
  readonly nextCursor: string | null;
}

export interface Hit extends Image {
  readonly score: number;
  readonly explanation?: Explanation | null;
}

export interface HeatMap {
  readonly rows: number;
  readonly columns: number;
  readonly cells: readonly number[];
  /** A picture, as a data: URL. */
  readonly overlay: string;
}

export interface Explanation {
  readonly total: number;
  readonly result: HeatMap;
  readonly examples: readonly {
    readonly list: 'positives' | 'negatives';
    readonly at: number;
    readonly share: number;
    readonly heatMap: HeatMap | null;
  }[];
}

export interface Similar {
  readonly results: readonly Hit[];
  readonly plan: string;
  readonly matched: number;
  readonly indexSequence: number;
  readonly encoder: { readonly name: string; readonly tap: string };
  readonly timings: Readonly<Record<string, number>>;
}

/** A field of a request that is wrong. */
export interface FieldProblem {
  /** Like `search.candidates`; empty for the whole. */
  readonly path: string;
  readonly expected: string;
  readonly received: string;
}

export interface ItemError {
  readonly code: string;
  /** Of HTTP. */
  readonly status?: number;
  readonly detail: string;
  readonly remedy?: string;
  readonly fields?: readonly FieldProblem[];
}

export interface UploadResult {
  readonly name: string;
  readonly status: 'added' | 'existing' | 'replaced' | 'failed';
  readonly image?: Image;
  readonly error?: ItemError;
}

export interface Import {
  readonly id: string;
  readonly path: string;
  readonly status: 'listing' | 'running' | 'done' | 'cancelled' | 'failed';
  readonly error: ItemError | null;
  readonly total: number;
  readonly done: number;
  readonly failed: number;
  readonly left: number;
  readonly outcomes: Readonly<Record<'added' | 'existing' | 'replaced' | 'unchanged' | 'removed', number>>;
  readonly rate: number | null;
  readonly etaSeconds: number | null;
}

export interface ImportItem {
  readonly id: string;
  readonly path: string;
  readonly error: ItemError | null;
}

export interface Collection {
  readonly name: string;
  readonly images: number;
}

export interface Stats {
  readonly images: number;
  readonly indexed: number;
  readonly encoder: { readonly name: string };
  readonly index: { readonly kind: string };
  readonly backfill: { readonly left: number };
}
