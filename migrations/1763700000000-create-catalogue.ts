import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The first catalogue: images and where they came from, embeddings, the change log, collections and imports. */
export class CreateCatalogue1763700000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    for (const statement of STATEMENTS) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(
      'DROP TABLE garbage, follower, change, import_item, import, collection_image, collection, embedding, image_source, image, encoder, catalogue',
    );
  }
}

const STATEMENTS = [
  `CREATE TABLE catalogue (
     singleton boolean PRIMARY KEY DEFAULT true CHECK (singleton),
     epoch uuid NOT NULL DEFAULT gen_random_uuid(),
     trimmed_to bigint NOT NULL DEFAULT 0
   )`,
  'INSERT INTO catalogue DEFAULT VALUES',
  `CREATE TABLE encoder (
     id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
     name text NOT NULL,
     fingerprint text NOT NULL UNIQUE CHECK (fingerprint ~ '^[0-9a-f]{64}$'),
     manifest jsonb NOT NULL,
     created_at timestamptz NOT NULL DEFAULT now()
   )`,
  `CREATE TABLE image (
     id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
     sha256 bytea NOT NULL UNIQUE CHECK (length(sha256) = 32),
     format text NOT NULL,
     width integer NOT NULL CHECK (width > 0),
     height integer NOT NULL CHECK (height > 0),
     bytes bigint NOT NULL CHECK (bytes > 0),
     metadata jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(metadata) = 'object'),
     reference_path text,
     created_at timestamptz NOT NULL DEFAULT now(),
     updated_at timestamptz NOT NULL DEFAULT now()
   )`,
  `CREATE TABLE image_source (
     id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
     image_id bigint NOT NULL REFERENCES image ON DELETE CASCADE,
     kind text NOT NULL CHECK (kind IN ('upload', 'external', 'file')),
     key text NOT NULL,
     size bigint,
     modified_ms double precision,
     UNIQUE (image_id, kind, key)
   )`,
  // Two uploads may share a file name; an external id or a path names one image only.
  `CREATE UNIQUE INDEX image_source_key ON image_source (kind, key) WHERE kind <> 'upload'`,
  // A vector is read whole or not at all and does not compress: kept uncompressed, and inside the row while it fits a page.
  `CREATE TABLE embedding (
     encoder_id integer NOT NULL REFERENCES encoder,
     tap text NOT NULL,
     image_id bigint NOT NULL REFERENCES image ON DELETE CASCADE,
     vector bytea NOT NULL,
     PRIMARY KEY (encoder_id, tap, image_id)
   ) WITH (toast_tuple_target = 8160)`,
  'ALTER TABLE embedding ALTER COLUMN vector SET STORAGE EXTERNAL',
  'CREATE INDEX embedding_image ON embedding (image_id)',
  // Originals that lost their image; collected from the disk aside.
  `CREATE TABLE garbage (
     sha256 bytea PRIMARY KEY CHECK (length(sha256) = 32),
     since timestamptz NOT NULL DEFAULT now()
   )`,
  // No foreign keys: a change outlives what it speaks of.
  `CREATE TABLE change (
     sequence bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
     encoder_id integer NOT NULL,
     tap text NOT NULL,
     image_id bigint NOT NULL,
     at timestamptz NOT NULL DEFAULT now()
   )`,
  `CREATE TABLE follower (
     name text PRIMARY KEY,
     sequence bigint NOT NULL,
     saved_at timestamptz NOT NULL DEFAULT now()
   )`,
  `CREATE TABLE collection (
     id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
     name text NOT NULL UNIQUE CHECK (name <> ''),
     created_at timestamptz NOT NULL DEFAULT now()
   )`,
  `CREATE TABLE collection_image (
     collection_id integer NOT NULL REFERENCES collection ON DELETE CASCADE,
     image_id bigint NOT NULL REFERENCES image ON DELETE CASCADE,
     PRIMARY KEY (collection_id, image_id)
   )`,
  'CREATE INDEX collection_image_image ON collection_image (image_id)',
  `CREATE TABLE import (
     id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
     root text NOT NULL,
     collection text,
     reference boolean NOT NULL,
     remove_vanished boolean NOT NULL,
     status text NOT NULL DEFAULT 'listing' CHECK (status IN ('listing', 'running', 'done', 'cancelled', 'failed')),
     error jsonb,
     created_at timestamptz NOT NULL DEFAULT now(),
     finished_at timestamptz
   )`,
  `CREATE TABLE import_item (
     id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
     import_id integer NOT NULL REFERENCES import ON DELETE CASCADE,
     path text NOT NULL,
     external_id text,
     metadata jsonb,
     size bigint,
     modified_ms double precision,
     status text NOT NULL DEFAULT 'pending' CHECK (status IN ('pending', 'leased', 'done', 'failed', 'cancelled')),
     outcome text CHECK (outcome IN ('added', 'existing', 'replaced', 'unchanged', 'removed')),
     image_id bigint,
     error jsonb,
     attempts integer NOT NULL DEFAULT 0,
     attempts_alone integer NOT NULL DEFAULT 0,
     owner bigint,
     finished_at timestamptz,
     UNIQUE (import_id, path)
   )`,
  `CREATE INDEX import_item_open ON import_item (import_id, id) WHERE status IN ('pending', 'leased')`,
  'CREATE INDEX import_item_progress ON import_item (import_id, status, outcome)',
  'CREATE INDEX import_item_finished ON import_item (import_id, finished_at)',
];
