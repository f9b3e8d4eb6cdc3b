import { Injectable } from '@nestjs/common';
import { CategoryScores, HeadVersions, Rescorings } from '#libs/catalogue';
import { ActiveEncoder } from '../service/active-encoder.js';
import { FillFeatures } from './fill-features.js';
import { HeadLibrary } from './head-library.js';

/** Where heads and scores are kept. */
@Injectable()
export class ScoreStores {
  constructor(
    readonly rescorings: Rescorings,
    readonly versions: HeadVersions,
    readonly scores: CategoryScores,
  ) {}
}

/** What a rescoring needs. */
@Injectable()
export class RescoringParts {
  constructor(
    private readonly stores: ScoreStores,
    readonly heads: HeadLibrary,
    readonly fill: FillFeatures,
    readonly active: ActiveEncoder,
  ) {}

  get rescorings(): Rescorings {
    return this.stores.rescorings;
  }
  get versions(): HeadVersions {
    return this.stores.versions;
  }
  get scores(): CategoryScores {
    return this.stores.scores;
  }
}
