import { Injectable } from '@nestjs/common';
import { readFile } from 'node:fs/promises';
import { BlobStore, ImageReader, ThumbnailStore, type ImageRecord } from '#libs/catalogue';
import { DomainError } from '#libs/errors';
import { ImageDecoder } from '#libs/imaging';
import { contentHash } from '../ingest/prepare-image.js';
import { present } from './image-library.js';

export interface ImageFile {
  readonly data: Buffer;
  readonly mediaType: string;
  /** Of the original; names the file's content for caches. */
  readonly sha256: string;
}

/** Use case: the files of an image. */
@Injectable()
export class ImageFiles {
  constructor(
    private readonly reader: ImageReader,
    private readonly blobs: BlobStore,
    private readonly thumbnails: ThumbnailStore,
    private readonly decoder: ImageDecoder,
  ) {}

  /** @throws DomainError `image_not_found`, `original_missing` */
  async original(id: number): Promise<ImageFile> {
    const record = present(id, await this.reader.findById(id));
    return { data: await this.readOriginal(record), mediaType: `image/${record.format}`, sha256: record.sha256 };
  }

  /** Made again from the original where it got lost. */
  async thumbnail(id: number): Promise<ImageFile> {
    const record = present(id, await this.reader.findById(id));
    const kept = await this.thumbnails.read(record.sha256);
    if (kept) return { data: kept, mediaType: 'image/jpeg', sha256: record.sha256 };
    const made = await this.decoder.thumbnail(await this.readOriginal(record));
    await this.thumbnails.put(record.sha256, made.data);
    return { ...made, sha256: record.sha256 };
  }

  /** The bytes the catalogue speaks of; a referenced file that has changed since counts as missing. */
  async readOriginal(record: ImageRecord): Promise<Buffer> {
    if (record.referencePath === null) return this.blobs.read(record.sha256);
    const bytes = await readFile(record.referencePath).catch((error: unknown) => {
      throw new DomainError('original_missing', `${record.referencePath} cannot be read any more.`, { cause: error });
    });
    if ((await contentHash(bytes)) === record.sha256) return bytes;
    throw new DomainError('original_missing', `${record.referencePath} has changed since it was imported.`);
  }
}
