import { Injectable } from '@nestjs/common';
import { Collections, type CollectionRecord } from '../catalogue.js';
import { CollectionEntity } from './entities.js';
import { PostgresDatabase } from './postgres-database.js';

@Injectable()
export class PostgresCollections extends Collections {
  constructor(private readonly database: PostgresDatabase) {
    super();
  }

  override list(): Promise<CollectionRecord[]> {
    return this.database.query<CollectionRecord>(
      `SELECT c.name, c.created_at AS "createdAt",
              (SELECT count(*) FROM collection_image ci WHERE ci.collection_id = c.id) AS images
       FROM collection c ORDER BY c.name`,
    );
  }

  override exists(name: string): Promise<boolean> {
    return this.database.with(CollectionEntity, (collections) => collections.existsBy({ name }));
  }

  override async create(name: string): Promise<void> {
    await this.database.with(CollectionEntity, (collections) =>
      collections.createQueryBuilder().insert().values({ name }).orIgnore().execute(),
    );
  }

  override async remove(name: string): Promise<boolean> {
    const { affected } = await this.database.with(CollectionEntity, (collections) => collections.delete({ name }));
    return (affected ?? 0) > 0;
  }
}
