import { Injectable, Logger } from '@nestjs/common';
import { EmbeddingSpaces, Reindexes, isOpen, sameSpace, type ReindexRecord } from '#libs/catalogue';
import { KnownSpaces } from '../spaces/known-spaces.js';
import { LiveSpaces } from '../spaces/live-spaces.js';
import { leftovers } from './leftovers.js';

const LOOK_MS = 500;
/** Embeddings deleted at a time. */
const REMOVE_BATCH = 5_000;

/**
 * Brings a change of encoder to its end: `Backfill` embeds, this one looks whether all is there and then lets searches
 * use the new space. Every process that runs jobs may do it; each step can be done twice.
 */
@Injectable()
export class ReindexRunner {
  private readonly logger = new Logger('reindex');
  private timer?: NodeJS.Timeout;
  private work?: Promise<void>;
  private stopped = false;

  constructor(
    private readonly reindexes: Reindexes,
    private readonly spaces: EmbeddingSpaces,
    private readonly known: KnownSpaces,
    private readonly live: LiveSpaces,
  ) {}

  start(): void {
    this.timer ??= setInterval(() => {
      this.work ??= this.look()
        .catch((error: unknown) => this.logger.warn(`looks again in a moment: ${String(error)}`))
        .finally(() => (this.work = undefined));
    }, LOOK_MS).unref();
  }

  async stop(): Promise<void> {
    this.stopped = true;
    clearInterval(this.timer);
    await this.work;
  }

  private async look(): Promise<void> {
    const latest = await this.reindexes.latest();
    if (!latest) return;
    if (isOpen(latest)) await this.goOn(latest);
    else await this.removeUnwanted(latest);
  }

  private async goOn(reindex: ReindexRecord): Promise<void> {
    const { to } = reindex;
    if (sameSpace(this.known.state.active, to)) return this.finishIfFull(reindex);
    const wanted = this.known.state.spaces.filter((space) => space.wantedBy.includes('reindex'));
    const followed = this.live.all().some((live) => sameSpace(live.space, to));
    if (wanted.length === 0 || !followed || !wanted.every((space) => space.complete)) return;
    const { unusable, images } = await this.spaces.progress(to);
    if (unusable > 0 && !reindex.acceptMissing) {
      if (reindex.status !== 'waiting') {
        await this.reindexes.setStatus(reindex.id, 'waiting');
        this.logger.warn(`${unusable} of ${images} images cannot be embedded; waiting for a decision`);
      }
      return;
    }
    // What is searched beside the space in use goes with its encoder.
    await this.spaces.want(
      'setting',
      wanted.filter((space) => !sameSpace(space, to)),
    );
    await this.spaces.activate(to, reindex.from);
    await this.finish(reindex);
  }

  /** Searches use it already: it took over from an encoder that is gone, or this was cut off before the end. */
  private async finishIfFull(reindex: ReindexRecord): Promise<void> {
    const full = this.known.state.spaces.some((space) => space.complete && sameSpace(space, reindex.to));
    if (full) await this.finish(reindex);
  }

  private async finish({ id }: ReindexRecord): Promise<void> {
    await this.spaces.want('reindex', []);
    await this.reindexes.setStatus(id, 'done');
    await this.known.refresh();
    this.logger.log('every image is embedded, and searches use the new space');
  }

  /** What has been given up by `removeOld`. Cut off, it is gone on with after the next start. */
  private async removeUnwanted(latest: ReindexRecord): Promise<void> {
    const { active, previous } = this.known.state;
    if (previous || !active) return;
    for (const space of leftovers(await this.spaces.unwanted(), active, latest))
      while (!this.stopped && (await this.spaces.removeEmbeddings(space, REMOVE_BATCH)) === REMOVE_BATCH);
  }
}
