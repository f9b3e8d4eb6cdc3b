import { Injectable } from '@nestjs/common';
import { DuplicateReader } from '#libs/catalogue';
import { nearRule } from './near-rule.js';
import { NearThreshold } from './near-threshold.js';

/** Which of some images are near-duplicates of each other, as the catalogue knows it. */
@Injectable()
export class AlikeImages {
  constructor(
    private readonly reader: DuplicateReader,
    private readonly threshold: NearThreshold,
  ) {}

  /**
   * @param imageIds null for what is no image of the catalogue
   * @returns pairs of places in `imageIds`; what a person rejected is not among them
   */
  async among(imageIds: readonly (number | null)[]): Promise<[number, number][]> {
    const places = new Map(imageIds.flatMap((id, place): [number, number][] => (id === null ? [] : [[id, place]])));
    const pairs = await this.reader.nearAmong(nearRule(this.threshold.value), [...places.keys()]);
    return pairs.flatMap(({ lowId, highId }): [number, number][] => {
      const [one, other] = [places.get(lowId), places.get(highId)];
      return one === undefined || other === undefined ? [] : [[one, other]];
    });
  }
}
