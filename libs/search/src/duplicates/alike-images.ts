import { Injectable } from '@nestjs/common';
import { ImageReader, NearPairs, Rejections, type EmbeddingSpace } from '#libs/catalogue';
import { hashWords } from '#libs/imaging';
import { GroupingThread } from './grouping-thread.js';
import type { Look } from './near-joins.js';
import { nearRule } from './near-rule.js';
import { NearThreshold } from './near-threshold.js';

/** Images whose vectors are asked for with one statement. */
const AT_ONCE = 500;

/** Which of some images are near-duplicates of each other. */
@Injectable()
export class AlikeImages {
  constructor(
    private readonly images: ImageReader,
    private readonly pairs: NearPairs,
    private readonly rejections: Rejections,
    private readonly threshold: NearThreshold,
    private readonly thread: GroupingThread,
  ) {}

  /**
   * Compares them itself: the pairs that the background work has found lack what it has not come to yet, and that is
   * everything once another encoder is in use.
   *
   * @param space whose vectors are compared: that in use
   * @param imageIds null for what is no image of the catalogue
   * @returns pairs of places in `imageIds` that tie together whatever hangs together; what a person rejected is not among
   *   them, nor are images without a perceptual hash
   */
  async among(space: EmbeddingSpace, imageIds: readonly (number | null)[]): Promise<[number, number][]> {
    const rule = nearRule(this.threshold.value);
    const places = new Map(imageIds.flatMap((id, place): [number, number][] => (id === null ? [] : [[id, place]])));
    const looks = await this.looksOf(space, [...places.keys()]);
    const ids = [...looks.keys()];
    const at = new Map(ids.map((id, place) => [id, place]));
    const rejected = (await this.rejections.among(ids)).map(
      ({ lowId, highId }) => [at.get(lowId) as number, at.get(highId) as number] as const,
    );
    const joins = await this.thread.join([...looks.values()], rule, rejected);
    const placeOf = (one: number) => places.get(ids[one] as number) as number;
    return joins.map(([one, other]) => [placeOf(one), placeOf(other)]);
  }

  /** In the order of `ids`. */
  private async looksOf(space: EmbeddingSpace, ids: readonly number[]): Promise<Map<number, Look>> {
    const looks = new Map<number, Look>();
    for (let first = 0; first < ids.length; first += AT_ONCE) {
      const some = ids.slice(first, first + AT_ONCE);
      const hashes = await this.pairs.hashesOf(some);
      const vectors = await this.images.embeddingsOf(space, some);
      for (const id of some) {
        const [hash, vector] = [hashes.get(id), vectors.get(id)];
        if (hash !== undefined && vector) looks.set(id, { hash: hashWords(hash), vector });
      }
    }
    return looks;
  }
}
