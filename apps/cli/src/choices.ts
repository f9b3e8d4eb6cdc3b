import type { MetadataFieldType } from '#libs/catalogue';
import type { DuplicateKind, FeatureEnding, LEAST_THRESHOLD, Strategy } from '#libs/search';

// What options may be, as the libraries' types have it: a help text must not wait until the libraries are loaded.

/** The names of a union, all of them: the compiler sees to it that none is missing. */
export const names = <Name extends string>(all: Record<Name, true>): readonly Name[] => Object.keys(all) as Name[];

export const STRATEGY_NAMES = names<Strategy>({ average_vector: true, best_score: true, sum_scores: true });
export const DUPLICATE_KIND_NAMES = names<DuplicateKind>({ exact: true, near: true });
export const FEATURE_ENDINGS = names<FeatureEnding>({ '.npy': true, '.parquet': true, '.ndjson': true });
export const FIELD_TYPE_NAMES = names<MetadataFieldType>({
  keyword: true,
  text: true,
  number: true,
  boolean: true,
  date: true,
});

/** The least cosine that a list of near-duplicates can ask for. */
export const LEAST_DUPLICATE_COSINE: typeof LEAST_THRESHOLD = 0.5;
