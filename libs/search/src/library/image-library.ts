import { Injectable } from '@nestjs/common';
import { ImageReader, ImageWriter, type ImageFilter, type ImageRecord, type Metadata } from '#libs/catalogue';
import { DomainError } from '#libs/errors';
import { VectorIndexReader } from '#libs/vector-index';
import { GarbageCollector } from './garbage-collector.js';
import { IndexFollower } from '../index/index-follower.js';

const DELETED_AT_ONCE = 500;

/** An image, and what only the running service knows of it. */
export interface ImageView extends ImageRecord {
  /** Whether searches find it already. */
  readonly searchable: boolean;
}

/** Use cases on stored images. */
@Injectable()
export class ImageLibrary {
  constructor(
    private readonly reader: ImageReader,
    private readonly writer: ImageWriter,
    private readonly index: VectorIndexReader,
    private readonly follower: IndexFollower,
    private readonly garbage: GarbageCollector,
  ) {}

  /** @throws DomainError `image_not_found` */
  async get(id: number): Promise<ImageView> {
    return this.view(present(id, await this.reader.findById(id)));
  }

  /** @throws DomainError `image_not_found` */
  async update(
    id: number,
    change: { metadata?: Metadata; metadataMode?: 'merge' | 'replace'; collections?: readonly string[] },
  ): Promise<ImageView> {
    let record = await this.reader.findById(id);
    if (change.metadata !== undefined)
      record = await this.writer.updateMetadata(id, change.metadata, change.metadataMode ?? 'merge');
    if (change.collections !== undefined) record = await this.writer.setCollections(id, change.collections);
    return this.view(present(id, record));
  }

  /** Deletes for good; resolves when no search of this process finds them any more. Ids that are not there are no error. */
  async delete(ids: readonly number[]): Promise<{ deleted: number[] }> {
    const { deleted, sequence } = await this.writer.delete(ids);
    if (deleted.length > 0) {
      await this.follower.reached(sequence);
      this.garbage.collectSoon();
    }
    return { deleted };
  }

  /** Deletes every image that matches, a part at a time. @throws DomainError `invalid_request` for the filter */
  async deleteMatching(filter: ImageFilter): Promise<{ deleted: number[] }> {
    const deleted: number[] = [];
    const page = () => this.reader.list({ filter, limit: DELETED_AT_ONCE });
    for (let { images } = await page(); images.length > 0; { images } = await page()) {
      deleted.push(...(await this.delete(images.map(({ id }) => id))).deleted);
    }
    return { deleted };
  }

  private async view(record: ImageRecord): Promise<ImageView> {
    const [vector] = await this.index.vectorsOf([record.id]).catch(() => [null]);
    return { ...record, searchable: vector !== null && vector !== undefined };
  }
}

export function present<T>(id: number, found: T | null): T {
  if (found === null) throw new DomainError('image_not_found', `There is no image ${id}.`);
  return found;
}
