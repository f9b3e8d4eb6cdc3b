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

  /**
   * The bytes the catalogue speaks of; a referenced file that has changed since counts as missing. Where the image has several
   * files, any of them will do: the disk of one may be away.
   */
  async readOriginal(record: ImageRecord): Promise<Buffer> {
    if (record.referencePath === null) return this.blobs.read(record.sha256);
    const problems: unknown[] = [];
    for (const file of filesOf(record)) {
      try {
        return await readUnchanged(file, record.sha256);
      } catch (error) {
        problems.push(error);
      }
    }
    throw problems[0];
  }
}

/** The files that a referenced image can be read from, the one it refers to first. */
export function filesOf({ referencePath, sources }: Pick<ImageRecord, 'referencePath' | 'sources'>): string[] {
  if (referencePath === null) return [];
  const files = sources.filter(({ kind }) => kind === 'file').map(({ key }) => key);
  return [...new Set([referencePath, ...files])];
}

async function readUnchanged(file: string, sha256: string): Promise<Buffer> {
  const bytes = await readFile(file).catch((error: unknown) => {
    throw new DomainError('original_missing', `${file} cannot be read any more.`, { cause: error });
  });
  if ((await contentHash(bytes)) === sha256) return bytes;
  throw new DomainError('original_missing', `${file} has changed since it was imported.`);
}
