import { Injectable, Logger } from '@nestjs/common';
import { BlobStore, ImageWriter, ThumbnailStore } from '#libs/catalogue';

const BATCH = 100;
/** Longer than any write takes. */
const UNFINISHED_AFTER_MS = 3_600_000;

/** Removes the files of images that are gone. What it does not get to is noted in the catalogue and done later. */
@Injectable()
export class GarbageCollector {
  private readonly logger = new Logger('garbage');
  private running?: Promise<void>;

  constructor(
    private readonly writer: ImageWriter,
    private readonly blobs: BlobStore,
    private readonly thumbnails: ThumbnailStore,
  ) {}

  collectSoon(): void {
    this.running ??= this.collect()
      .catch((error: unknown) => this.logger.warn(`will collect later: ${String(error)}`))
      .finally(() => (this.running = undefined));
  }

  /** What processes that died have left half written; once, when the service starts. */
  async sweepUnfinished(): Promise<void> {
    try {
      const removed =
        (await this.blobs.removeUnfinished(UNFINISHED_AFTER_MS)) +
        (await this.thumbnails.removeUnfinished(UNFINISHED_AFTER_MS));
      if (removed > 0) this.logger.log(`removed ${removed} files that were never finished`);
    } catch (error) {
      this.logger.warn(`unfinished files were not removed: ${String(error)}`);
    }
  }

  /** Waits for a collection that is under way. */
  async settled(): Promise<void> {
    await this.running;
  }

  private async collect(): Promise<void> {
    const remove = async (sha256: string) => {
      await this.blobs.remove(sha256);
      await this.thumbnails.remove(sha256);
    };
    while ((await this.writer.collectGarbage(BATCH, remove)) === BATCH);
  }
}
