import { Injectable } from '@nestjs/common';
import { Collections, type CollectionRecord } from '#libs/catalogue';
import { DomainError } from '#libs/errors';

/** Use cases on named collections. */
@Injectable()
export class ManageCollections {
  constructor(private readonly collections: Collections) {}

  list(): Promise<CollectionRecord[]> {
    return this.collections.list();
  }

  /** Idempotent. */
  create(name: string): Promise<void> {
    return this.collections.create(name);
  }

  /** The images stay. @throws DomainError `collection_not_found` */
  async remove(name: string): Promise<void> {
    if (!(await this.collections.remove(name))) throw collectionNotFound(name);
  }

  /** @throws DomainError `collection_not_found` */
  async mustExist(name: string | undefined): Promise<void> {
    if (name !== undefined && !(await this.collections.exists(name))) throw collectionNotFound(name);
  }
}

function collectionNotFound(name: string): DomainError {
  return new DomainError('collection_not_found', `There is no collection "${name}".`);
}
