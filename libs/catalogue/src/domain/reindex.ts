import type { EmbeddingSpace } from './change.js';

/** `waiting`: some images cannot be embedded, and a person has to say whether to go on without them. */
export type ReindexStatus = 'running' | 'waiting' | 'done' | 'cancelled' | 'rolled-back';

/** A change from one space in use to another. */
export interface ReindexRecord {
  readonly id: number;
  readonly to: EmbeddingSpace;
  readonly from: EmbeddingSpace;
  readonly status: ReindexStatus;
  /** Whether images that cannot be embedded may be missing in searches afterwards. */
  readonly acceptMissing: boolean;
  /** Images that had an embedding when it began. */
  readonly embeddedBefore: number;
  readonly createdAt: Date;
  readonly finishedAt: Date | null;
}

/** Port: changes of encoder, one at a time. */
export abstract class Reindexes {
  /** @throws DomainError `reindex_state_conflict` while another one is open */
  abstract begin(
    reindex: Pick<ReindexRecord, 'to' | 'from' | 'acceptMissing' | 'embeddedBefore'>,
  ): Promise<ReindexRecord>;
  abstract latest(): Promise<ReindexRecord | null>;
  abstract setStatus(id: number, status: ReindexStatus): Promise<void>;
  /** Also lets one that waits go on. */
  abstract acceptMissing(id: number): Promise<void>;
}

export type OpenReindex = ReindexRecord & { readonly status: 'running' | 'waiting' };

export const isOpen = (reindex: ReindexRecord | null): reindex is OpenReindex =>
  reindex?.status === 'running' || reindex?.status === 'waiting';
