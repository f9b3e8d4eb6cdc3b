import { Injectable } from '@nestjs/common';
import pLimit from 'p-limit';
import { access, constants } from 'node:fs/promises';
import { BlobStore, ImageReader, type ImageRecord } from '#libs/catalogue';
import { DomainError } from '#libs/errors';
import { contentHash } from '../ingest/prepare-image.js';
import { ImageFiles } from '../library/image-files.js';
import { check, type Check } from './check.js';

const PAGE = 200;
/** Originals in memory at a time. */
const AT_ONCE = 8;

/** Whether the original of every image is there; when `deep`, whether it still has its content. */
@Injectable()
export class VerifyOriginals {
  constructor(
    private readonly images: ImageReader,
    private readonly blobs: BlobStore,
    private readonly files: ImageFiles,
  ) {}

  async check(deep: boolean): Promise<Check> {
    const problems: string[] = [];
    let checked = 0;
    const limit = pLimit(AT_ONCE);
    for (let cursor: string | undefined, first = true; first || cursor !== undefined; first = false) {
      const page = await this.images.list({ cursor, limit: PAGE });
      const found = await Promise.all(page.images.map((image) => limit(() => this.examine(image, deep))));
      problems.push(...found.filter((problem) => problem !== null));
      checked += page.images.length;
      cursor = page.nextCursor ?? undefined;
    }
    return check('originals', checked, problems);
  }

  private async examine(image: ImageRecord, deep: boolean): Promise<string | null> {
    const problem = deep ? await this.compare(image) : await this.look(image);
    // An image that was deleted since the page was read has lost its original rightly.
    return problem !== null && (await this.images.findById(image.id)) ? problem : null;
  }

  private async look(image: ImageRecord): Promise<string | null> {
    const there =
      image.referencePath === null
        ? await this.blobs.has(image.sha256)
        : await access(image.referencePath, constants.R_OK).then(
            () => true,
            () => false,
          );
    return there ? null : `image ${image.id}: the original is missing`;
  }

  private async compare(image: ImageRecord): Promise<string | null> {
    try {
      const bytes = await this.files.readOriginal(image);
      return (await contentHash(bytes)) === image.sha256 ? null : `image ${image.id}: the original is damaged`;
    } catch (error) {
      return `image ${image.id}: ${DomainError.from(error).message}`;
    }
  }
}
