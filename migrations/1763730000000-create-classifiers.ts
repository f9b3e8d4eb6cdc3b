import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Classifiers: categories, labels with their history, examples and their cached features, head versions, trainings,
 * rescorings, and the scores by which searches filter.
 *
 * A filter on a category joins `category_score_in_use` and nothing else: it has one row for each image and category,
 * scored by the version that is in use; a classifier without such a version has no rows.
 *
 *     SELECT image_id FROM category_score_in_use WHERE classifier = 'era' AND category = 'classic' AND score >= 0.8
 */
export class CreateClassifiers1763730000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    for (const statement of STATEMENTS) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP VIEW category_score_in_use');
    await runner.query('ALTER TABLE classifier DROP COLUMN version_in_use');
    await runner.query(
      'DROP TABLE category_score, rescoring, training, head_version, example_embedding, label, label_event, example, category, classifier',
    );
  }
}

const STATEMENTS = [
  // Names are parts of the filter path `category.<classifier>.<category>`, so they hold no dot.
  `CREATE TABLE classifier (
     id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
     name text NOT NULL UNIQUE CHECK (name <> '' AND strpos(name, '.') = 0),
     kind text NOT NULL CHECK (kind IN ('single', 'multi')),
     created_at timestamptz NOT NULL DEFAULT now(),
     updated_at timestamptz NOT NULL DEFAULT now()
   )`,
  // A removed category keeps its row, because versions and the history speak of it.
  `CREATE TABLE category (
     id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
     classifier_id integer NOT NULL REFERENCES classifier ON DELETE CASCADE,
     name text NOT NULL CHECK (name <> '' AND strpos(name, '.') = 0),
     created_at timestamptz NOT NULL DEFAULT now(),
     removed_at timestamptz
   )`,
  'CREATE UNIQUE INDEX category_name ON category (classifier_id, name) WHERE removed_at IS NULL',
  // What labels are about: an image of the catalogue (then `image_id` names it, and is NULL again once it was deleted),
  // or a person's own that is kept for training only (`own`) and that no search finds.
  `CREATE TABLE example (
     id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
     sha256 bytea NOT NULL UNIQUE CHECK (length(sha256) = 32),
     image_id bigint REFERENCES image ON DELETE SET NULL,
     own boolean NOT NULL DEFAULT false,
     name text,
     created_at timestamptz NOT NULL DEFAULT now()
   )`,
  'CREATE UNIQUE INDEX example_image ON example (image_id) WHERE image_id IS NOT NULL',
  // The history: rows are added, never changed.
  `CREATE TABLE label_event (
     id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
     classifier_id integer NOT NULL REFERENCES classifier ON DELETE CASCADE,
     category_id integer NOT NULL REFERENCES category ON DELETE CASCADE,
     example_id bigint NOT NULL REFERENCES example ON DELETE CASCADE,
     value text NOT NULL CHECK (value IN ('positive', 'negative', 'cleared')),
     before text CHECK (before IN ('positive', 'negative')),
     origin text NOT NULL,
     at timestamptz NOT NULL DEFAULT now()
   )`,
  'CREATE INDEX label_event_example ON label_event (classifier_id, example_id, id)',
  // What holds now: the last event of each pair, unless that cleared it.
  `CREATE TABLE label (
     category_id integer NOT NULL REFERENCES category ON DELETE CASCADE,
     example_id bigint NOT NULL REFERENCES example ON DELETE CASCADE,
     positive boolean NOT NULL,
     event_id bigint NOT NULL,
     PRIMARY KEY (category_id, example_id)
   )`,
  'CREATE INDEX label_example ON label (example_id)',
  // Features of own examples (view 0), and of the altered copies of any example (view 1 …, by recipe).
  `CREATE TABLE example_embedding (
     encoder_id integer NOT NULL REFERENCES encoder ON DELETE CASCADE,
     tap text NOT NULL,
     example_id bigint NOT NULL REFERENCES example ON DELETE CASCADE,
     view smallint NOT NULL DEFAULT 0 CHECK (view >= 0),
     vector bytea NOT NULL,
     PRIMARY KEY (encoder_id, tap, example_id, view)
   ) WITH (toast_tuple_target = 8160)`,
  'ALTER TABLE example_embedding ALTER COLUMN vector SET STORAGE EXTERNAL',
  'CREATE INDEX example_embedding_example ON example_embedding (example_id)',
  // Immutable. No key to the encoder: a version outlives it, and an imported one may speak of an encoder never seen here.
  `CREATE TABLE head_version (
     id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
     classifier_id integer NOT NULL REFERENCES classifier ON DELETE CASCADE,
     number integer NOT NULL CHECK (number > 0),
     encoder_fingerprint text NOT NULL,
     taps text[] NOT NULL,
     category_ids integer[] NOT NULL,
     document jsonb NOT NULL,
     weights bytea NOT NULL,
     created_at timestamptz NOT NULL DEFAULT now(),
     UNIQUE (classifier_id, number)
   )`,
  'ALTER TABLE head_version ALTER COLUMN weights SET STORAGE EXTERNAL',
  // The version that filters use. One that is in use cannot be deleted, except with its classifier.
  `ALTER TABLE classifier ADD COLUMN version_in_use integer REFERENCES head_version DEFERRABLE INITIALLY DEFERRED`,
  `CREATE TABLE training (
     id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
     classifier_id integer NOT NULL REFERENCES classifier ON DELETE CASCADE,
     status text NOT NULL DEFAULT 'queued' CHECK (status IN ('queued', 'running', 'done', 'failed', 'cancelled')),
     request jsonb NOT NULL,
     progress jsonb NOT NULL DEFAULT '{}',
     attempts integer NOT NULL DEFAULT 0,
     owner bigint,
     version_id integer REFERENCES head_version ON DELETE SET NULL,
     error jsonb,
     created_at timestamptz NOT NULL DEFAULT now(),
     started_at timestamptz,
     finished_at timestamptz
   )`,
  'CREATE INDEX training_classifier ON training (classifier_id, id)',
  // While one is unfinished, images that arrive are scored by its version too.
  `CREATE TABLE rescoring (
     id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
     version_id integer NOT NULL REFERENCES head_version ON DELETE CASCADE,
     status text NOT NULL DEFAULT 'queued' CHECK (status IN ('queued', 'running', 'done', 'failed', 'cancelled')),
     scored bigint NOT NULL DEFAULT 0,
     total bigint NOT NULL DEFAULT 0,
     lacking bigint NOT NULL DEFAULT 0,
     owner bigint,
     error jsonb,
     created_at timestamptz NOT NULL DEFAULT now(),
     finished_at timestamptz
   )`,
  `CREATE INDEX rescoring_open ON rescoring (version_id) WHERE status IN ('queued', 'running')`,
  // No key to the image: checking it would cost more than the row. Writers lock the image first, and what deletes an
  // image deletes its scores.
  `CREATE TABLE category_score (
     version_id integer NOT NULL REFERENCES head_version ON DELETE CASCADE,
     category_id integer NOT NULL REFERENCES category ON DELETE CASCADE,
     image_id bigint NOT NULL,
     score real NOT NULL CHECK (score >= 0 AND score <= 1),
     PRIMARY KEY (image_id, version_id, category_id)
   )`,
  'CREATE INDEX category_score_range ON category_score (version_id, category_id, score, image_id)',
  `CREATE VIEW category_score_in_use AS
     SELECT f.name AS classifier, c.name AS category, f.id AS classifier_id, c.id AS category_id, s.image_id, s.score
     FROM classifier f
     JOIN category c ON c.classifier_id = f.id AND c.removed_at IS NULL
     JOIN category_score s ON s.version_id = f.version_in_use AND s.category_id = c.id`,
];
