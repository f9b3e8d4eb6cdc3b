import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { Changes } from './changes.js';
import { PostgresDatabase } from './postgres-database.js';
import { RecordCache } from './record-cache.js';

/** Transactions that change images: once one has committed, this process remembers no record as it was before. */
@Injectable()
export class ChangeTransactions {
  constructor(
    private readonly database: PostgresDatabase,
    private readonly records: RecordCache,
  ) {}

  /** @param work collects what it changes, and appends that to the change log as its last step */
  async run<T>(work: (manager: EntityManager, changes: Changes) => Promise<T>): Promise<T> {
    let changes = new Changes();
    const done = await this.database.transaction((manager) => {
      changes = new Changes();
      return work(manager, changes);
    });
    this.records.forget(changes.images());
    return done;
  }
}
