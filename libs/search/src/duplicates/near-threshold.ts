import { Injectable } from '@nestjs/common';
import { Settings } from '#libs/config';
import { findTap } from '#libs/encoder';
import { ActiveEncoder } from '../service/active-encoder.js';

/** For taps of encoders whose cosines nobody has measured. */
const USUAL = 0.7;

/** From which cosine on images count as near-duplicates, where a request does not say. */
@Injectable()
export class NearThreshold {
  constructor(
    private readonly settings: Settings,
    private readonly active: ActiveEncoder,
  ) {}

  /**
   * What the settings say, else what was measured for the encoder and tap in use, 0.5 … 1: what copies of a picture have as
   * cosine differs from one to another.
   *
   * @throws DomainError `index_unavailable` while the encoder is loading
   */
  get value(): number {
    const { info, tap } = this.active;
    return this.settings.duplicates.threshold ?? findTap(info, tap)?.nearDuplicates ?? USUAL;
  }
}
