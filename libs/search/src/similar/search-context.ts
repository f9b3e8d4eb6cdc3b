import { Injectable } from '@nestjs/common';
import { FoldDuplicates } from '../duplicates/fold-duplicates.js';
import { ActiveEncoder } from '../service/active-encoder.js';
import { Metrics } from '../service/metrics.js';

/** What every search says of itself, and what it knows of duplicates. */
@Injectable()
export class SearchContext {
  constructor(
    readonly active: ActiveEncoder,
    readonly metrics: Metrics,
    readonly folding: FoldDuplicates,
  ) {}
}
