import { Injectable } from '@nestjs/common';
import { ChangeLog, Collections, ImageReader, Imports } from '#libs/catalogue';

/** The catalogue's part of the statistics. */
@Injectable()
export class ReadCounts {
  constructor(
    private readonly images: ImageReader,
    private readonly imports: Imports,
    private readonly collections: Collections,
    private readonly changeLog: ChangeLog,
  ) {}

  async read(space: { encoderId: number; tap: string }) {
    const [{ images, embeddings }, failed, collections, catalogueSequence] = await Promise.all([
      this.images.counts(space),
      this.imports.failedCount(),
      this.collections.list(),
      this.changeLog.latestSequence(),
    ]);
    return { images, embeddings, failed, collections: collections.length, catalogueSequence };
  }
}
