import { Injectable } from '@nestjs/common';
import { ChangeLog, sameSpace } from '#libs/catalogue';
import type { VectorIndexWriter } from '#libs/vector-index';
import { ScoreArrivals } from '../classifiers/score-arrivals.js';
import { ActiveEncoder } from '../service/active-encoder.js';
import { SpaceFollower, type FollowedSpace } from './space-follower.js';

/** Makes followers, and knows where the log they follow has got to. */
@Injectable()
export class SpaceFollowers {
  constructor(
    private readonly changeLog: ChangeLog,
    private readonly arrivals: ScoreArrivals,
    private readonly active: ActiveEncoder,
  ) {}

  /** A follower that is still to be started. Heads score what arrives once: when it arrives at the space in use. */
  follow(index: VectorIndexWriter, space: FollowedSpace): SpaceFollower {
    const inUse = () => sameSpace(this.active.space, space);
    return new SpaceFollower(this.changeLog, index, space, {
      onArrivals: async (ids) => {
        if (inUse()) await this.arrivals.score(ids);
      },
      onRefilled: () => {
        if (inUse()) this.arrivals.sweepAgain();
      },
    });
  }

  latestSequence(): Promise<number> {
    return this.changeLog.latestSequence();
  }

  forget(name: string): Promise<void> {
    return this.changeLog.forgetFollower(name);
  }
}
