import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What is kept of the items of an import once they have been dropped: how many ended in which way, and of which images. */
export class TallyImports1763820000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE import ADD COLUMN tallies jsonb, ADD COLUMN images int8multirange');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE import DROP COLUMN tallies, DROP COLUMN images');
  }
}
