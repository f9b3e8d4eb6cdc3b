import { Injectable, Logger } from '@nestjs/common';
import { CategoryScores, HeadVersions, type LiveHead } from '#libs/catalogue';
import { DomainError } from '#libs/errors';
import { ActiveEncoder } from '../service/active-encoder.js';
import { isTroubleOfService } from '../ingest/store-images.js';
import { HeadLibrary } from './head-library.js';

const SWEEP_CHUNK = 2048;

/**
 * Scores images that arrive, under every version that filters use or are about to use. Who follows the change log calls
 * it before the images can be found, so that a filter on a category never misses one that a search without it finds.
 */
@Injectable()
export class ScoreArrivals {
  private readonly logger = new Logger('scores');

  constructor(
    private readonly versions: HeadVersions,
    private readonly scores: CategoryScores,
    private readonly heads: HeadLibrary,
    private readonly active: ActiveEncoder,
  ) {}

  /** @throws DomainError only for trouble of the service that passes; a head that cannot be used is noted and passed over */
  async score(imageIds: readonly number[]): Promise<void> {
    if (imageIds.length === 0) return;
    await this.eachHead(async (head, space) => {
      const { imageIds: ids, features } = await this.scores.featuresOf(space, imageIds, head.versionId);
      await this.keep(head, ids, features);
    });
  }

  /** Scores whatever has no scores under a version in use, say because its features came later. */
  async sweep(signal: AbortSignal): Promise<void> {
    await this.eachHead(async (head, space) => {
      for (let after = 0; !signal.aborted;) {
        const { imageIds, features } = await this.scores.unscored(space, head.versionId, after, SWEEP_CHUNK);
        const last = imageIds.at(-1);
        if (last === undefined) return;
        await this.keep(head, imageIds, features);
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

  private async keep(head: LiveHead, imageIds: readonly number[], features: Float32Array): Promise<void> {
    if (imageIds.length === 0) return;
    const scores = await this.heads.score(head.versionId, features);
    await this.scores.keep({ versionId: head.versionId, categoryIds: head.categoryIds, imageIds, scores });
  }
}
