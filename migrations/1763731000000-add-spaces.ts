import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * The spaces at which every image is embedded, the one that searches use, images that cannot be embedded at a space,
 * and changes from one encoder to another.
 */
export class AddSpaces1763731000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    for (const statement of STATEMENTS) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE reindex, embedding_gap');
    await runner.query(
      `ALTER TABLE catalogue DROP spaces_version, DROP active_encoder_id, DROP active_tap,
         DROP previous_encoder_id, DROP previous_tap`,
    );
    await runner.query('DROP TABLE space');
  }
}

const STATEMENTS = [
  // wanted_by: active, previous, setting, reindex, or whatever else needs the vectors; a space nobody wants has no row.
  // complete: no image lacks an embedding, but those noted in embedding_gap. Nothing may be stored that would make it untrue.
  `CREATE TABLE space (
     encoder_id integer NOT NULL REFERENCES encoder,
     tap text NOT NULL,
     dimension integer NOT NULL CHECK (dimension > 0),
     wanted_by text[] NOT NULL CHECK (wanted_by <> '{}'),
     complete boolean NOT NULL DEFAULT false,
     created_at timestamptz NOT NULL DEFAULT now(),
     PRIMARY KEY (encoder_id, tap)
   )`,
  `ALTER TABLE catalogue
     ADD spaces_version bigint NOT NULL DEFAULT 0,
     ADD active_encoder_id integer, ADD active_tap text,
     ADD previous_encoder_id integer, ADD previous_tap text,
     ADD FOREIGN KEY (active_encoder_id, active_tap) REFERENCES space,
     ADD FOREIGN KEY (previous_encoder_id, previous_tap) REFERENCES space`,
  `CREATE TABLE embedding_gap (
     encoder_id integer NOT NULL REFERENCES encoder,
     tap text NOT NULL,
     image_id bigint NOT NULL REFERENCES image ON DELETE CASCADE,
     error jsonb NOT NULL,
     PRIMARY KEY (encoder_id, tap, image_id)
   )`,
  'CREATE INDEX embedding_gap_image ON embedding_gap (image_id)',
  `CREATE TABLE reindex (
     id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
     encoder_id integer NOT NULL REFERENCES encoder,
     tap text NOT NULL,
     from_encoder_id integer NOT NULL REFERENCES encoder,
     from_tap text NOT NULL,
     status text NOT NULL DEFAULT 'running' CHECK (status IN ('running', 'waiting', 'done', 'cancelled', 'rolled-back')),
     accept_missing boolean NOT NULL DEFAULT false,
     embedded_before bigint NOT NULL DEFAULT 0,
     created_at timestamptz NOT NULL DEFAULT now(),
     finished_at timestamptz
   )`,
  `CREATE UNIQUE INDEX reindex_open ON reindex ((true)) WHERE status IN ('running', 'waiting')`,
];
