import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Whether all that an import is of has been listed, so that a retry after a cancel or a failure knows where to go on.
 *
 * Of those that were cancelled or failed before nobody knows: a retry lists them again.
 */
export class RememberListings1763780000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE import ADD COLUMN listed boolean NOT NULL DEFAULT false');
    await runner.query(`UPDATE import SET listed = true WHERE status IN ('running', 'done')`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE import DROP COLUMN listed');
  }
}
