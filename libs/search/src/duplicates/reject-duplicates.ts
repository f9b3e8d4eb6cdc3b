import { Injectable } from '@nestjs/common';
import { ImageReader, NearPairs, Rejections } from '#libs/catalogue';
import { DomainError } from '#libs/errors';

/** What is not a duplicate of what. */
export interface RejectionOrder {
  readonly ids: readonly number[];
  /** Absent: none of `ids` is a duplicate of another of them. Else: none of `ids` is one of any of these. */
  readonly of?: readonly number[];
}

/** Use case: what a person says of duplicates. */
@Injectable()
export class RejectDuplicates {
  constructor(
    private readonly rejections: Rejections,
    private readonly images: ImageReader,
    private readonly pairs: NearPairs,
  ) {}

  /** "Not a duplicate": remembered by content. @returns how many pairs are new @throws DomainError `image_not_found` */
  async reject(order: RejectionOrder): Promise<number> {
    await this.mustExist(order);
    return this.rejections.add(pairsOf(order));
  }

  /** Takes it back. @returns how many pairs there were @throws DomainError `image_not_found` */
  async forget(order: RejectionOrder): Promise<number> {
    await this.mustExist(order);
    return this.rejections.remove(pairsOf(order));
  }

  /** Newest first. @throws DomainError `invalid_request` for a cursor nobody gave out */
  list(query: { cursor?: string; limit: number }): ReturnType<Rejections['list']> {
    return this.rejections.list(query);
  }

  /** Every image is compared anew, in the background. @returns how many */
  recheck(): Promise<number> {
    return this.pairs.recheck();
  }

  private async mustExist({ ids, of = [] }: RejectionOrder): Promise<void> {
    const asked = [...new Set([...ids, ...of])];
    const found = new Set((await this.images.findByIds(asked)).map(({ id }) => id));
    const missing = asked.find((id) => !found.has(id));
    if (missing !== undefined) throw new DomainError('image_not_found', `There is no image with the id ${missing}.`);
  }
}

function pairsOf({ ids, of }: RejectionOrder): (readonly [number, number])[] {
  if (of) return ids.flatMap((one) => of.filter((other) => other !== one).map((other) => [one, other] as const));
  return ids.flatMap((one, at) => ids.slice(at + 1).map((other) => [one, other] as const));
}
