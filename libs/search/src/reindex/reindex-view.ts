import type { EmbeddingGap, ReindexStatus, SpaceProgress } from '#libs/catalogue';

export interface SpaceName {
  readonly encoder: string;
  readonly fingerprint: string;
  readonly tap: string;
}

export interface SpaceView extends SpaceName {
  readonly dimension: number;
  /** Why it is kept: active, previous, setting, reindex, or a head. */
  readonly wantedBy: readonly string[];
  readonly complete: boolean;
}

/** Where a change of encoder stands. */
export interface ReindexView {
  /** `idle`: there has been none. */
  readonly status: ReindexStatus | 'idle';
  /** What searches use. */
  readonly active: SpaceName;
  /** What can be gone back to. */
  readonly previous: SpaceName | null;
  /** What the latest change leads to, or led to. */
  readonly target: SpaceName | null;
  readonly progress: SpaceProgress | null;
  /** Images a second since it began; null before the first and after the end. */
  readonly imagesPerSecond: number | null;
  readonly secondsLeft: number | null;
  /** The first images that cannot be embedded, while it waits for a decision on them. */
  readonly unusable: readonly EmbeddingGap[];
  readonly spaces: readonly SpaceView[];
  /** Whether embeddings that a change of encoder has left behind are still there. */
  readonly leftovers: boolean;
  readonly startedAt: Date | null;
  readonly finishedAt: Date | null;
}
