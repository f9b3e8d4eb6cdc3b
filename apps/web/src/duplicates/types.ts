import type { Image } from '../shared/types.js';

/** What the API answers of duplicates, as far as the page reads it. */
export interface DuplicateGroup {
  readonly best: string;
  readonly reasons: readonly { readonly by: string; readonly says: string }[];
  readonly images: readonly {
    readonly image: Image & { readonly bytes: number };
    readonly score: number | null;
    readonly hashDistance: number | null;
  }[];
  readonly copies?: readonly { readonly kind: string; readonly key: string }[];
  readonly spareBytes: number;
}

export interface DuplicatePage {
  readonly kind: 'near' | 'exact';
  readonly threshold: number | null;
  readonly unchecked: number;
  readonly total: number | null;
  readonly groups: readonly DuplicateGroup[];
  readonly nextCursor: string | null;
}
