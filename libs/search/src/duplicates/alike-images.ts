import { Injectable } from '@nestjs/common';
import { ImageReader, NearPairs, Rejections, type EmbeddingSpace } from '#libs/catalogue';
import { hashWords } from '#libs/imaging';
import { ActiveEncoder } from '../service/active-encoder.js';
import { nearJoins, type Look } from './near-joins.js';
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
    private readonly active: ActiveEncoder,
  ) {}

  /**
   * Compares them itself: the pairs that the background work has found lack what it has not come to yet, and that is
   * everything once another encoder is in use.
   *
   * @param imageIds null for what is no image of the catalogue
   * @returns pairs of places in `imageIds` that tie together whatever hangs together; what a person rejected is not among
   *   them, nor are images without a perceptual hash
   */
  async among(imageIds: readonly (number | null)[]): Promise<[number, number][]> {
    const { space } = this.active;
    const rule = nearRule(this.threshold.value);
    const places = new Map(imageIds.flatMap((id, place): [number, number][] => (id === null ? [] : [[id, place]])));
    const looks = await this.looksOf(space, [...places.keys()]);
    const ids = [...looks.keys()];
    const rejected = new Set((await this.rejections.among(ids)).map(({ lowId, highId }) => `${lowId} ${highId}`));
    const isRejected = (one: number, other: number) => {
      const [a, b] = [ids[one] as number, ids[other] as number];
      return rejected.has(`${Math.min(a, b)} ${Math.max(a, b)}`);
    };
    const joins = await nearJoins([...looks.values()], rule, isRejected);
    const placeOf = (at: number) => places.get(ids[at] as number) as number;
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
