import type { MigrationInterface, QueryRunner } from 'typeorm';

/** How many items of an import ended in which way, once the items themselves have been dropped. */
export class TallyImports1763820000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE import ADD COLUMN tallies jsonb');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE import DROP COLUMN tallies');
  }
}
