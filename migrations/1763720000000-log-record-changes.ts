import type { MigrationInterface, QueryRunner } from 'typeorm';

/** A change of an image's record (metadata, sources, collections) is a row of the log too: one without encoder and tap. */
export class LogRecordChanges1763720000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE change ALTER encoder_id DROP NOT NULL, ALTER tap DROP NOT NULL');
    await runner.query('ALTER TABLE change ADD CONSTRAINT change_space CHECK ((encoder_id IS NULL) = (tap IS NULL))');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DELETE FROM change WHERE encoder_id IS NULL');
    await runner.query('ALTER TABLE change DROP CONSTRAINT change_space');
    await runner.query('ALTER TABLE change ALTER encoder_id SET NOT NULL, ALTER tap SET NOT NULL');
  }
}
