import { Injectable } from '@nestjs/common';
import { Collections, type CollectionRecord } from '../catalogue.js';
import { appendChanges } from './append-changes.js';
import { ChangeTransactions } from './change-transactions.js';
import { CollectionEntity } from './entities.js';
import { PostgresDatabase } from './postgres-database.js';

@Injectable()
export class PostgresCollections extends Collections {
  constructor(
    private readonly database: PostgresDatabase,
    private readonly transactions: ChangeTransactions,
  ) {
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
    return this.transactions.run(async (manager, changes) => {
      const members = await manager.query<{ image_id: number }[]>(
        `WITH gone AS (
           DELETE FROM collection_image WHERE collection_id = (SELECT id FROM collection WHERE name = $1 FOR UPDATE)
           RETURNING image_id)
         SELECT image_id FROM gone`,
        [name],
      );
      const { affected } = await manager.getRepository(CollectionEntity).delete({ name });
      changes.addRecords(members.map((member) => member.image_id));
      await appendChanges(manager, changes);
      return (affected ?? 0) > 0;
    });
  }
}
