import { Injectable } from '@nestjs/common';
import { EmbeddingSpaces, Reindexes, isOpen, sameSpace, type EmbeddingSpace } from '#libs/catalogue';

/**
 * For a catalogue whose encoder is gone: searches use another space from now on, which is filled in the background. It is
 * noted as a change of encoder, so that it can be watched; the vectors there are stay as those that can be gone back to.
 */
@Injectable()
export class ReplaceEncoder {
  constructor(
    private readonly spaces: EmbeddingSpaces,
    private readonly reindexes: Reindexes,
  ) {}

  async replace(from: EmbeddingSpace & { dimension: number }, to: EmbeddingSpace & { dimension: number }) {
    await this.note(from, to);
    // The catalogue holds on to the active space until another one is.
    await this.spaces.want('active', [to, from]);
    await this.spaces.activate(to, from);
    await this.spaces.want('reindex', []);
  }

  /** A change that was under way would have ended with a space that searches could be asked about; this cannot wait for it. */
  private async note(from: EmbeddingSpace, to: EmbeddingSpace): Promise<void> {
    const latest = await this.reindexes.latest();
    if (isOpen(latest) && sameSpace(latest.to, to)) return;
    if (isOpen(latest)) await this.reindexes.setStatus(latest.id, 'cancelled');
    await this.spaces.clearGaps(to);
    const { embedded } = await this.spaces.progress(to);
    await this.reindexes
      .begin({ to, from, acceptMissing: true, embeddedBefore: embedded })
      .catch(async (error: unknown) => {
        // Another process that has just started may have noted the same meanwhile.
        const begun = await this.reindexes.latest();
        if (!isOpen(begun) || !sameSpace(begun.to, to)) throw error;
      });
  }
}
