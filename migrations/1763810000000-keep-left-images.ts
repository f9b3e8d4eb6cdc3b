import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Images that a source has left during an import, which may find their content under another name before it ends. */
export class KeepLeftImages1763810000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(
      `CREATE TABLE left_image (
         image_id bigint NOT NULL REFERENCES image ON DELETE CASCADE,
         import_id integer NOT NULL REFERENCES import ON DELETE CASCADE,
         PRIMARY KEY (image_id, import_id)
       )`,
    );
    await runner.query('CREATE INDEX left_image_import ON left_image (import_id)');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE left_image');
  }
}
