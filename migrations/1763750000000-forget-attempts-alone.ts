import type { MigrationInterface, QueryRunner } from 'typeorm';

/** An item suspected of ending the process is tried in a process of its own; there is nothing to count any more. */
export class ForgetAttemptsAlone1763750000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE import_item DROP COLUMN attempts_alone');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE import_item ADD COLUMN attempts_alone integer NOT NULL DEFAULT 0');
  }
}
