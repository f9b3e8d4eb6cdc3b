import type { MigrationInterface, QueryRunner } from 'typeorm';

/** How often the listing of an import was begun, so that only the last one to begin can end it. */
export class CountListings1763800000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE import ADD COLUMN listings integer NOT NULL DEFAULT 0');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE import DROP COLUMN listings');
  }
}
