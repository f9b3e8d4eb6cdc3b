import { Injectable } from '@nestjs/common';
import { ChangeLog, Collections, EmbeddingSpaces, Imports } from '#libs/catalogue';

/** The catalogue's part of the statistics. */
@Injectable()
export class ReadCounts {
  constructor(
    private readonly spaces: EmbeddingSpaces,
    private readonly imports: Imports,
    private readonly collections: Collections,
    private readonly changeLog: ChangeLog,
  ) {}

  async read(space: { encoderId: number; tap: string }) {
    const [progress, collections, catalogueSequence] = await Promise.all([
      this.spaces.progress(space),
      this.collections.list(),
      this.changeLog.latestSequence(),
    ]);
    return { progress, collections: collections.length, catalogueSequence };
  }

  /** Files that no import could take in so far. It takes a look at all that ever failed. */
  failed(): Promise<number> {
    return this.imports.failedCount();
  }
}
