import { Injectable } from '@nestjs/common';
import {
  EmbeddingSpaces,
  Reindexes,
  isOpen,
  sameSpace,
  type EmbeddingSpace,
  type SpaceRecord,
  type SpacesState,
} from '#libs/catalogue';
import { DomainError } from '#libs/errors';
import { watchState } from '../service/watch-state.js';
import { KnownSpaces } from '../spaces/known-spaces.js';
import { leftovers } from './leftovers.js';
import type { ReindexView, SpaceName } from './reindex-view.js';

const WATCH_MS = 500;
const SHOWN = 20;

/** Use case: where does a change of encoder stand? */
@Injectable()
export class ReadReindex {
  constructor(
    private readonly reindexes: Reindexes,
    private readonly spaces: EmbeddingSpaces,
    private readonly known: KnownSpaces,
  ) {}

  async read(): Promise<ReindexView> {
    const latest = await this.reindexes.latest();
    const state = await this.known.refresh();
    const open = isOpen(latest);
    const progress = open ? await this.spaces.progress(latest.to) : null;
    const left = progress ? progress.images - progress.embedded - progress.unusable : 0;
    const rate = open && progress ? rateOf(latest.createdAt, progress.embedded - latest.embeddedBefore) : null;
    return {
      status: latest?.status ?? 'idle',
      active: this.name(state, state.active) ?? nowhere(),
      previous: this.name(state, state.previous),
      target: latest && this.name(state, latest.to),
      progress,
      imagesPerSecond: rate,
      secondsLeft: rate === null ? null : left / rate,
      unusable: latest?.status === 'waiting' ? await this.spaces.gaps(latest.to, 0, SHOWN) : [],
      spaces: state.spaces.map((space) => ({
        ...nameOf(space),
        dimension: space.dimension,
        wantedBy: space.wantedBy,
        complete: space.complete,
      })),
      leftovers: state.active !== null && leftovers(await this.spaces.unwanted(), state.active, latest).length > 0,
      startedAt: latest?.createdAt ?? null,
      finishedAt: latest?.finishedAt ?? null,
    };
  }

  /** Whenever it has changed, twice a second at most; ends when nothing is under way any more. */
  watch(signal?: AbortSignal): AsyncGenerator<ReindexView> {
    return watchState({
      look: () => this.read(),
      goesOn: ({ status }) => status === 'running',
      everyMs: WATCH_MS,
      signal,
    });
  }

  private name(state: SpacesState, space: EmbeddingSpace | null): SpaceName | null {
    const record = state.spaces.find((one) => sameSpace(one, space));
    return record ? nameOf(record) : null;
  }
}

const nameOf = ({ encoder, fingerprint, tap }: SpaceRecord): SpaceName => ({ encoder, fingerprint, tap });

function nowhere(): never {
  throw new DomainError('index_unavailable', 'The encoder is still loading.');
}

function rateOf(since: Date, images: number): number | null {
  const seconds = (Date.now() - since.getTime()) / 1000;
  return images > 0 && seconds > 0 ? images / seconds : null;
}
