import { Injectable, Logger } from '@nestjs/common';
import pLimit from 'p-limit';
import { DomainError } from '#libs/errors';
import { ImageDecoder } from '#libs/imaging';
import { ImageFiles } from '../library/image-files.js';
import { isTroubleOfService } from '../service/whose-fault.js';

const AT_ONCE = 4;

/** Perceptual hashes of images that were stored before hashes were: made from their thumbnails. */
@Injectable()
export class HashImages {
  private readonly logger = new Logger('duplicates');
  private readonly limit = pLimit(AT_ONCE);

  constructor(
    private readonly files: ImageFiles,
    private readonly decoder: ImageDecoder,
  ) {}

  /**
   * Images whose files cannot be read are left out; they have no near-duplicates then.
   *
   * @throws DomainError for trouble of the service that passes
   */
  async of(ids: readonly number[]): Promise<Map<number, string>> {
    const made = await Promise.all(ids.map((id) => this.limit(() => this.one(id))));
    return new Map(made.filter((entry) => entry !== null));
  }

  private async one(id: number): Promise<[number, string] | null> {
    try {
      const { data } = await this.files.thumbnail(id);
      return [id, await this.decoder.perceptualHash(data)];
    } catch (error) {
      const problem = DomainError.from(error);
      if (isTroubleOfService(problem)) throw problem;
      if (problem.code !== 'image_not_found') this.logger.warn(`image ${id} is not compared: ${problem.message}`);
      return null;
    }
  }
}
