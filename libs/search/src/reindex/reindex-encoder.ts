import { Injectable } from '@nestjs/common';
import { EmbeddingSpaces, Reindexes, isOpen, sameSpace, type EmbeddingSpace, type SpaceRecord } from '#libs/catalogue';
import { Settings } from '#libs/config';
import { findTap, type EncoderInfo } from '#libs/encoder';
import { DomainError } from '#libs/errors';
import { KnownSpaces } from '../spaces/known-spaces.js';
import { OpenEncoders } from '../spaces/open-encoders.js';
import { leftovers } from './leftovers.js';

export interface ReindexOrder {
  /** Name of the encoder. */
  readonly encoder: string;
  /** Default: the tap in use. */
  readonly tap?: string;
  /** Goes on although some images cannot be embedded; searches will not find those. */
  readonly acceptMissing?: boolean;
}

/** Use cases: changing the encoder or tap that searches use, while they go on. */
@Injectable()
export class ReindexEncoder {
  constructor(
    private readonly reindexes: Reindexes,
    private readonly spaces: EmbeddingSpaces,
    private readonly known: KnownSpaces,
    private readonly encoders: OpenEncoders,
    private readonly settings: Settings,
  ) {}

  /**
   * Returns once it is noted; the work is `ReindexRunner`'s. Asking for the one that is under way again changes nothing
   * but `acceptMissing`.
   *
   * @throws DomainError `model_not_found`, `encoder_invalid`, `tap_not_found`; `reindex_state_conflict` where the space is
   *   in use already or another change is under way
   */
  async start({ encoder, tap, acceptMissing = false }: ReindexOrder): Promise<void> {
    const state = await this.known.refresh();
    const { active } = state;
    if (!active) throw new DomainError('index_unavailable', 'The encoder is still loading.');
    const latest = await this.reindexes.latest();
    const encoderId = await this.openEncoder(encoder);
    const { info } = this.encoders.get(encoderId);
    const to = tapOf(info, encoderId, tap ?? active.tap);
    if (isOpen(latest)) {
      if (!sameSpace(latest.to, to))
        throw new DomainError('reindex_state_conflict', 'Another change of encoder is under way: cancel it first.');
      if (acceptMissing) await this.reindexes.acceptMissing(latest.id);
      return;
    }
    if (sameSpace(active, to))
      throw new DomainError('reindex_state_conflict', `Searches use ${info.name}/${to.tap} already.`);
    await this.spaces.clearGaps(to);
    // One that is there from an earlier change may count as complete for these gaps alone. Before the change is known, else
    // it could end at once.
    await this.spaces.reopenIfLacking(to);
    const { embedded } = await this.spaces.progress(to);
    await this.reindexes.begin({ to, from: active, acceptMissing, embeddedBefore: embedded });
    const further = this.settings.encoder.taps.filter((one) => findTap(info, one) !== undefined);
    await this.spaces.want('reindex', [to, ...further.map((one) => tapOf(info, encoderId, one))]);
    await this.known.refresh();
  }

  /** Gives up a change that is under way. @throws DomainError `reindex_state_conflict` when none is */
  async cancel(): Promise<void> {
    const latest = await this.reindexes.latest();
    if (!isOpen(latest)) throw new DomainError('reindex_state_conflict', 'No change of encoder is under way.');
    if (sameSpace((await this.known.refresh()).active, latest.to))
      throw new DomainError('reindex_state_conflict', 'Searches use the new space already: go back with a rollback.');
    await this.reindexes.setStatus(latest.id, 'cancelled');
    await this.spaces.want('reindex', []);
    await this.known.refresh();
  }

  /** Goes back to what searches used before, at once: it was kept up to date. @throws DomainError `reindex_state_conflict` */
  async rollback(): Promise<void> {
    const latest = await this.reindexes.latest();
    const { active, previous, spaces } = await this.known.refresh();
    // One that searches use already is not waited for: it took over from an encoder that was gone.
    const undecided = isOpen(latest) && !sameSpace(latest.to, active);
    const before = spaces.find((space) => sameSpace(space, previous));
    if (undecided || !active || !before) {
      throw new DomainError(
        'reindex_state_conflict',
        undecided ? 'A change is under way: cancel it instead.' : 'There is nothing to go back to.',
      );
    }
    await this.refuseUnlessReady(before);
    await this.spaces.activate(before, active);
    if (latest) await this.reindexes.setStatus(latest.id, 'rolled-back');
    await this.known.refresh();
  }

  /**
   * Gives up what searches used before, with every other space of its encoder; the embeddings are deleted in the
   * background, and heads that were trained on them cannot be used any more.
   *
   * @throws DomainError `reindex_state_conflict` while a change is under way, and where there is nothing to remove
   */
  async removeOld(): Promise<void> {
    const state = await this.known.refresh();
    const { active, spaces } = state;
    const latest = await this.reindexes.latest();
    if (!active || isOpen(latest)) throw new DomainError('reindex_state_conflict', 'A change of encoder is under way.');
    const unwanted = leftovers(await this.spaces.unwanted(), active, latest);
    if (!state.previous && unwanted.length === 0 && spaces.every((space) => space.encoderId === active.encoderId))
      throw new DomainError('reindex_state_conflict', 'There is nothing old to remove.');
    await this.spaces.activate(active, null);
    const reasons = new Set(spaces.flatMap((space) => space.wantedBy));
    for (const reason of reasons) {
      if (reason === 'active') continue;
      const kept = spaces.filter((space) => space.encoderId === active.encoderId && space.wantedBy.includes(reason));
      await this.spaces.want(reason, reason === 'previous' ? [] : kept);
    }
    await this.known.refresh();
  }

  private async refuseUnlessReady(space: SpaceRecord): Promise<void> {
    const { encoder, tap, complete } = space;
    if (!(await this.encoders.again(space))) {
      throw new DomainError(
        'reindex_state_conflict',
        `The encoder ${encoder} is not here: put its folder into the models folder of the data folder and start again.`,
      );
    }
    if (!complete)
      throw new DomainError('reindex_state_conflict', `Images are still being embedded with ${encoder}/${tap}.`);
  }

  private async openEncoder(name: string): Promise<number> {
    try {
      return await this.encoders.byName(name);
    } catch (error) {
      // By the settings a missing encoder is the service's trouble; here it is what was asked for.
      const problem = DomainError.from(error);
      throw problem.code === 'encoder_not_found' ? new DomainError('model_not_found', problem.message) : problem;
    }
  }
}

/** @throws DomainError `tap_not_found` */
function tapOf(info: EncoderInfo, encoderId: number, tap: string): EmbeddingSpace & { dimension: number } {
  const found = findTap(info, tap);
  if (found) return { encoderId, tap, dimension: found.dimension };
  const names = info.taps.map((one) => one.name).join(', ');
  throw new DomainError('tap_not_found', `The encoder ${info.name} has no tap "${tap}". It has: ${names}.`);
}
