import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Versions of a classifier are counted, so that the number of a deleted one is never another version's. */
export class CountVersions1763770000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE classifier ADD COLUMN versions_made integer NOT NULL DEFAULT 0');
    await runner.query(
      `UPDATE classifier f SET versions_made = v.newest
       FROM (SELECT classifier_id, max(number) AS newest FROM head_version GROUP BY classifier_id) v
       WHERE v.classifier_id = f.id`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE classifier DROP COLUMN versions_made');
  }
}
