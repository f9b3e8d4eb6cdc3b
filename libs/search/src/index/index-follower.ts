import { Injectable } from '@nestjs/common';
import { LiveSpaces } from '../spaces/live-spaces.js';

/** How far the indexes of this process have followed the catalogue. */
@Injectable()
export class IndexFollower {
  constructor(private readonly spaces: LiveSpaces) {}

  /** Change-log sequence up to which the index in use knows the catalogue. */
  get position(): number {
    return this.spaces.active.follower.position;
  }

  /** Resolves when every search of this process knows the catalogue up to `sequence`. @throws DomainError `timed_out` */
  async reached(sequence: number): Promise<void> {
    const { active } = this.spaces;
    const searched = this.spaces.all().filter((live) => live === active || this.spaces.isComplete(live));
    await Promise.all(searched.map((live) => live.follower.reached(sequence)));
  }
}
