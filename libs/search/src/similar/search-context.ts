import { Injectable } from '@nestjs/common';
import { ActiveEncoder } from '../service/active-encoder.js';
import { Metrics } from '../service/metrics.js';

/** What every search says of itself. */
@Injectable()
export class SearchContext {
  constructor(
    readonly active: ActiveEncoder,
    readonly metrics: Metrics,
  ) {}
}
