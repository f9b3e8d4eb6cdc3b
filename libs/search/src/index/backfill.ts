import { Injectable, Logger } from '@nestjs/common';
import { setTimeout as sleep } from 'node:timers/promises';
import { ImageReader, ImageWriter, type ImageRecord } from '#libs/catalogue';
import { DomainError } from '#libs/errors';
import { ImageDecoder } from '#libs/imaging';
import { ImageFiles } from '../library/image-files.js';
import { ActiveEncoder } from '../service/active-encoder.js';

const BATCH = 32;
const RETRY_MS = 5_000;

/**
 * Embeds the images that have no embedding at the encoder and tap in use, which happens after either setting was
 * changed. Where it has got to is what the catalogue lacks, so it goes on after any stop.
 */
@Injectable()
export class Backfill {
  private readonly logger = new Logger('backfill');
  private readonly stopping = new AbortController();
  private work?: Promise<void>;

  constructor(
    private readonly reader: ImageReader,
    private readonly writer: ImageWriter,
    private readonly files: ImageFiles,
    private readonly decoder: ImageDecoder,
    private readonly active: ActiveEncoder,
  ) {}

  get running(): boolean {
    return this.work !== undefined;
  }

  start(): void {
    this.work ??= this.run()
      .catch((error: unknown) => this.logger.error(`stopped: ${String(error)}`))
      .finally(() => (this.work = undefined));
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    await this.work;
  }

  private async run(): Promise<void> {
    let after = 0;
    let embedded = 0;
    while (!this.stopping.signal.aborted) {
      try {
        const images = await this.reader.findWithoutEmbedding(this.active.space, after, BATCH);
        const last = images.at(-1);
        if (!last) break;
        if (embedded === 0)
          this.logger.log(`embedding images at ${this.active.info.name}/${this.active.tap} in the background`);
        const vectors = (await Promise.all(images.map((image) => this.embed(image)))).filter((one) => one !== null);
        await this.writer.addEmbeddings(this.active.space.encoderId, this.active.tap, new Map(vectors));
        embedded += vectors.length;
        after = last.id;
      } catch (error) {
        this.logger.warn(`trying again in ${RETRY_MS / 1000} s: ${String(error)}`);
        await sleep(RETRY_MS, undefined, { signal: this.stopping.signal }).catch(() => undefined);
      }
    }
    if (embedded > 0) this.logger.log(`embedded ${embedded} images`);
  }

  /** Null, and a line in the log, for an image whose original is gone or cannot be decoded any more. */
  private async embed(image: ImageRecord): Promise<[number, Float32Array] | null> {
    try {
      const pixels = await this.decoder.view(await this.files.readOriginal(image), this.active.info.view);
      const vectors = await this.active.encoder.encode(pixels, [this.active.tap]);
      return [image.id, vectors[this.active.tap] as Float32Array];
    } catch (error) {
      const problem = DomainError.from(error);
      if (!problem.code.startsWith('image_') && problem.code !== 'original_missing') throw problem;
      this.logger.warn(`image ${image.id} cannot be embedded: ${problem.message}`);
      return null;
    }
  }
}
