import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Rows of a manifest may name the same file under several external ids; each is an item of its own. */
export class KeyItemsByExternalId1763790000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE import_item DROP CONSTRAINT import_item_import_id_path_key');
    // Hashed: a path and an external id may together be longer than a row of an index. Not md5: servers in FIPS mode have none.
    await runner.query(
      `CREATE UNIQUE INDEX import_item_key ON import_item (import_id, path, hashtextextended(coalesce(external_id, ''), 0))`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(
      `DELETE FROM import_item t USING import_item first
       WHERE first.import_id = t.import_id AND first.path = t.path AND first.id < t.id`,
    );
    await runner.query('DROP INDEX import_item_key');
    await runner.query('ALTER TABLE import_item ADD UNIQUE (import_id, path)');
  }
}
