import { Injectable, Logger } from '@nestjs/common';
import {
  EmbeddingSpaces,
  ImageReader,
  ImageWriter,
  type EmbeddingGap,
  type EmbeddingSpace,
  type ImageRecord,
  type NewEmbedding,
} from '#libs/catalogue';
import { DomainError } from '#libs/errors';
import { ImageFiles } from '../library/image-files.js';
import { groupByBytes } from '../memory/group-by-bytes.js';
import { MOST_HELD_BYTES } from '../memory/most-held.js';
import { isFaultOfImage } from '../service/whose-fault.js';
import { EmbedImage } from './embed-image.js';

const BATCH = 32;

/** Embeds the images that lack a vector at spaces of one encoder. Where it has got to is what the catalogue lacks. */
@Injectable()
export class BackfillEncoder {
  private readonly logger = new Logger('backfill');

  constructor(
    private readonly spaces: EmbeddingSpaces,
    private readonly reader: ImageReader,
    private readonly writer: ImageWriter,
    private readonly files: ImageFiles,
    private readonly embedImage: EmbedImage,
  ) {}

  /**
   * Runs until the spaces are complete or `signal` aborts.
   *
   * @param spaces of one encoder; an image that lacks several of them is encoded once
   * @returns how many images were embedded
   * @throws DomainError when the service itself is in trouble; what was embedded until then is kept
   */
  async run(spaces: readonly EmbeddingSpace[], signal: AbortSignal): Promise<number> {
    let embedded = 0;
    for (const space of spaces) {
      do embedded += await this.fill(space, spaces, signal);
      while (!signal.aborted && !(await this.spaces.completeIfFull(space)));
    }
    return embedded;
  }

  private async fill(space: EmbeddingSpace, all: readonly EmbeddingSpace[], signal: AbortSignal): Promise<number> {
    let embedded = 0;
    for (let after = 0; !signal.aborted;) {
      const images = await this.reader.findWithoutEmbedding(space, after, BATCH);
      const last = images.at(-1);
      if (!last) break;
      const { ids, gaps } = await this.embedAll(images, all);
      for (const { imageId, error } of gaps) this.logger.warn(`image ${imageId} cannot be embedded: ${error.detail}`);
      embedded += ids.length;
      after = last.id;
    }
    return embedded;
  }

  /**
   * Stores the vectors of images, and notes those that cannot be embedded.
   *
   * @param spaces of one encoder
   * @throws DomainError when the service itself is in trouble
   */
  async embedAll(
    images: readonly ImageRecord[],
    spaces: readonly EmbeddingSpace[],
  ): Promise<{ ids: number[]; gaps: EmbeddingGap[] }> {
    const results: Embedded[] = [];
    const sized = images.map((image) => ({ ...image, size: image.bytes }));
    for (const group of groupByBytes(sized, MOST_HELD_BYTES))
      results.push(...(await Promise.all(group.map((image) => this.embed(image, spaces)))));
    // Else an encoder that has broken down would leave a gap of every image.
    if (results.some(({ gap }) => gap?.error.code === 'encoder_failed')) await this.embedImage.mustWork(spaces);
    const gaps = results.flatMap(({ gap }) => gap ?? []);
    for (const at of spaces) {
      await this.writer.addEmbeddings(at, vectorsAt(at, results));
      await this.spaces.noteGaps(at, gaps);
    }
    return { ids: results.flatMap(({ imageId, gap }) => (gap ? [] : imageId)), gaps };
  }

  /** An image whose original is gone, or that cannot be decoded or encoded, is a gap; any other trouble is thrown. */
  private async embed(image: ImageRecord, spaces: readonly EmbeddingSpace[]): Promise<Embedded> {
    try {
      const embeddings = await this.embedImage.embed(await this.files.readOriginal(image), spaces);
      return { imageId: image.id, embeddings };
    } catch (error) {
      const problem = DomainError.from(error);
      if (!isFaultOfImage(problem) && problem.code !== 'original_missing') throw problem;
      return { imageId: image.id, embeddings: [], gap: { imageId: image.id, error: problem.serialise() } };
    }
  }
}

interface Embedded {
  readonly imageId: number;
  readonly embeddings: readonly NewEmbedding[];
  readonly gap?: EmbeddingGap;
}

function vectorsAt(space: EmbeddingSpace, results: readonly Embedded[]): Map<number, Float32Array> {
  return new Map(
    results.flatMap(({ imageId, embeddings }) => {
      const found = embeddings.find(({ encoderId, tap }) => encoderId === space.encoderId && tap === space.tap);
      return found ? [[imageId, found.vector] as const] : [];
    }),
  );
}
