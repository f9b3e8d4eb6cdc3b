import { Injectable } from '@nestjs/common';
import { allOf, ImageReader, inCollection, type ImageFilter, type ImagePage } from '#libs/catalogue';
import { ManageCollections } from './manage-collections.js';

/** Use case: what is there? */
@Injectable()
export class ListImages {
  constructor(
    private readonly reader: ImageReader,
    private readonly collections: ManageCollections,
  ) {}

  /**
   * Newest first.
   *
   * @param query.limit 1 … 500, default 50
   * @throws DomainError `collection_not_found`, `invalid_request` for a cursor this service did not give out
   */
  async list(query: {
    collection?: string;
    filter?: ImageFilter;
    cursor?: string;
    limit?: number;
  }): Promise<ImagePage> {
    await this.collections.mustExist(query.collection);
    const filter = allOf(query.collection === undefined ? undefined : inCollection(query.collection), query.filter);
    return this.reader.list({ filter, cursor: query.cursor, limit: query.limit ?? 50 });
  }
}
