import { Injectable, Logger } from '@nestjs/common';
import type { FeatureRows, HeadVersionRecord, RescoringRecord } from '#libs/catalogue';
import { DomainError, passesByItself } from '#libs/errors';
import { mustKnowACategory } from './must-know-a-category.js';
import { InHand } from './in-hand.js';
import { claimOrRelease, persist } from './persist.js';
import { RescoringParts } from './rescoring-parts.js';
import { someOf, usableScores } from './usable-scores.js';

/** Images read, scored and stored at a time: some 4 MiB of features. */
const CHUNK = 2048;
const REPORT_MS = 500;

/** Scores the whole catalogue with a version, chunk by chunk; when no image is left, filters use it. */
@Injectable()
export class RescoringRunner {
  private readonly logger = new Logger('rescoring');
  private readonly inHand = new InHand();

  constructor(private readonly parts: RescoringParts) {}

  /** Runs it unless it is in other hands or has ended. */
  run(id: number): Promise<void> {
    return this.inHand.run(id, (one) => this.take(one));
  }

  /** Whether nothing is in hand. */
  get idle(): boolean {
    return this.inHand.idle;
  }

  async stop(): Promise<void> {
    await this.inHand.stop();
  }

  private async take(id: number): Promise<void> {
    const { rescorings, versions, active, fill } = this.parts;
    const record = await claimOrRelease(rescorings, id, this.inHand.signal);
    if (!record) return;
    try {
      const version = await versions.find(record.classifierId, record.version);
      if (!version) return;
      if (version.encoderFingerprint !== active.info.fingerprint) {
        throw new DomainError('version_stale', `Version ${version.number} was trained on another encoder.`);
      }
      await this.rescore(record, version);
      await fill.letGo(record.classifierId);
    } catch (error) {
      const { signal } = this.inHand;
      if (signal.aborted) return await rescorings.release(id);
      const problem = DomainError.from(error);
      this.logger.warn(`rescoring ${id}: ${problem.message}`);
      if (passesByItself(problem)) {
        await persist(() => rescorings.release(id), signal);
        throw problem; // The queue sends the job again.
      }
      await persist(() => rescorings.fail(id, problem.serialise()), signal);
      await fill.letGo(record.classifierId);
    }
  }

  private async rescore(record: RescoringRecord, version: HeadVersionRecord): Promise<void> {
    const { scores, rescorings, active, fill } = this.parts;
    const space = { encoderId: active.space.encoderId, taps: version.taps };
    const begun = await scores.progress(version.id);
    const state = { scored: begun.scored, total: begun.images, lacking: 0 };
    let reportedAt = 0;
    const report = async (force = false): Promise<void> => {
      if (!force && Date.now() - reportedAt < REPORT_MS) return;
      reportedAt = Date.now();
      if (!(await rescorings.report(record.id, state))) throw new Cancelled();
      this.inHand.signal.throwIfAborted();
    };
    try {
      await report(true);
      const unencoded = await fill.fill(version, () => report(), this.inHand.signal);
      const unusable = new Set<number>();
      do {
        await mustKnowACategory(this.parts.versions, version);
        await this.pass(space, version, async (done, not) => {
          for (const id of not) unusable.add(id);
          state.scored += done;
          state.total = Math.max(state.total, state.scored);
          state.lacking = unencoded + unusable.size;
          await report();
        });
        state.lacking = unencoded + unusable.size;
        await report(true);
      } while (!(await rescorings.complete(record.id, space, [...unusable])));
      if (unusable.size === 0) return;
      this.logger.warn(
        `version ${version.number} cannot score ${someOf([...unusable])}: their features are no numbers`,
      );
    } catch (error) {
      if (!(error instanceof Cancelled)) throw error;
    }
  }

  /** Scores what has no scores; the next chunk is read while one is scored and the one before is stored. */
  private async pass(
    space: { encoderId: number; taps: readonly string[] },
    { id: versionId, categoryIds }: HeadVersionRecord,
    onScored: (images: number, unusable: readonly number[]) => Promise<void>,
  ): Promise<void> {
    const { scores, heads } = this.parts;
    const read = (after: number) => scores.unscored(space, versionId, after, CHUNK);
    let storing: Promise<unknown> = Promise.resolve();
    let next: Promise<FeatureRows> = read(0);
    for (;;) {
      const rows = await next;
      const last = rows.imageIds.at(-1);
      if (last === undefined) break;
      next = read(last);
      next.catch(() => undefined); // awaited above, unless something else fails first
      const { imageIds, scores: values, unusable } = usableScores(rows, await heads.score(versionId, rows.features));
      await storing;
      if (imageIds.length > 0) storing = scores.keep({ versionId, categoryIds, imageIds, scores: values });
      storing.catch(() => undefined);
      await onScored(imageIds.length, unusable);
    }
    await storing;
  }
}

/** Somebody has ended the rescoring; its row says so already. */
class Cancelled extends Error {}
