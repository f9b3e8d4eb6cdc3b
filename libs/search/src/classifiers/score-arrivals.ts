import { Injectable, Logger } from '@nestjs/common';
import { CategoryScores, HeadVersions, type EmbeddingSpace, type FeatureRows, type LiveHead } from '#libs/catalogue';
import { DomainError } from '#libs/errors';
import { ActiveEncoder } from '../service/active-encoder.js';
import { isTroubleOfService } from '../service/whose-fault.js';
import { StoredTaps } from '../spaces/stored-taps.js';
import { HeadLibrary } from './head-library.js';
import { headNotes } from './head-notes.js';
import { someOf, usableScores } from './usable-scores.js';

const SWEEP_CHUNK = 2048;

/**
 * Scores images that arrive, under every version that filters use or are about to use. Who follows the change log calls
 * it before the images can be found, so that a filter on a category never misses one that a search without it finds.
 */
@Injectable()
export class ScoreArrivals {
  private readonly logger = new Logger('scores');
  /** Whose sweep has begun, and nothing has come since that it may have missed. */
  private swept?: EmbeddingSpace;

  constructor(
    private readonly versions: HeadVersions,
    private readonly scores: CategoryScores,
    private readonly heads: HeadLibrary,
    private readonly active: ActiveEncoder,
    private readonly taps: StoredTaps,
  ) {}

  /** @throws DomainError only for trouble of the service that passes; a head that cannot be used is noted and passed over */
  async score(imageIds: readonly number[]): Promise<void> {
    if (imageIds.length === 0) return;
    await this.eachHead(async (head, space) => {
      await this.keep(head, await this.scores.featuresOf(space, imageIds, head.versionId));
    });
  }

  /**
   * Scores whatever has no scores under a version in use: its features came later, or it arrived while searches used
   * another space. Does nothing where it has come to its end since searches use theirs.
   */
  async sweepOnce(signal: AbortSignal): Promise<void> {
    const { space } = this.active;
    // Not by name: what came between two uses of one space is scored as well.
    if (space === this.swept) return;
    // Noted before it begins: who asks for another one meanwhile is heard.
    this.swept = space;
    await this.sweep(signal).catch((error: unknown) => {
      this.sweepAgain();
      throw error;
    });
  }

  /** For who has brought features or images of which `score` was not told. */
  sweepAgain(): void {
    this.swept = undefined;
  }

  /** Which versions that filters use are passed over, or find no features to score. */
  async notes(): Promise<string[]> {
    const { fingerprint } = this.active.info;
    return headNotes(await this.versions.inUse(), fingerprint, this.taps.list());
  }

  private async sweep(signal: AbortSignal): Promise<void> {
    await this.eachHead(async (head, space) => {
      for (let after = 0; !signal.aborted;) {
        const rows = await this.scores.unscored(space, head.versionId, after, SWEEP_CHUNK);
        const last = rows.imageIds.at(-1);
        if (last === undefined) return;
        await this.keep(head, rows);
        after = last;
      }
    });
  }

  private async eachHead(
    work: (head: LiveHead, space: { encoderId: number; taps: readonly string[] }) => Promise<void>,
  ): Promise<void> {
    const { info, space } = this.active;
    for (const head of await this.versions.live()) {
      if (head.encoderFingerprint !== info.fingerprint) continue;
      await work(head, { encoderId: space.encoderId, taps: head.taps }).catch((error: unknown) => {
        const problem = DomainError.from(error);
        if (isTroubleOfService(problem)) throw problem;
        this.logger.error(`head ${head.versionId} cannot score: ${problem.message}`);
      });
    }
  }

  private async keep(head: LiveHead, rows: FeatureRows): Promise<void> {
    if (rows.imageIds.length === 0) return;
    const scored = usableScores(rows, await this.heads.score(head.versionId, rows.features));
    const { imageIds, scores, unusable } = scored;
    if (unusable.length > 0) {
      this.logger.warn(`head ${head.versionId} cannot score ${someOf(unusable)}: their features are no numbers`);
    }
    if (imageIds.length === 0) return;
    await this.scores.keep({ versionId: head.versionId, categoryIds: head.categoryIds, imageIds, scores });
  }
}
