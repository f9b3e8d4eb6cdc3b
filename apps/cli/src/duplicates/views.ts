/** What the API says of duplicates, as far as commands read it. */
export interface DuplicatePageView {
  readonly kind: 'exact' | 'near';
  readonly threshold: number | null;
  readonly unchecked: number;
  readonly total: number | null;
  readonly groups: readonly DuplicateGroupView[];
  readonly nextCursor: string | null;
}

export interface DuplicateGroupView {
  readonly best: string;
  readonly reasons: readonly { readonly by: string; readonly says: string }[];
  readonly images: readonly {
    readonly image: {
      readonly id: string;
      readonly source: string | null;
      readonly width: number;
      readonly height: number;
      readonly bytes: number;
    };
    readonly score: number | null;
    readonly hashDistance: number | null;
  }[];
  readonly copies?: readonly { readonly kind: string; readonly key: string }[];
  readonly spareBytes: number;
}
