import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Perceptual hashes, pairs of near-duplicates, and pairs that a person said are none.
 *
 * Images that were there before have no hash yet; they wait in `duplicate_check` like every new one, and get it when
 * they are compared.
 */
export class AddDuplicates1763760000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    for (const statement of STATEMENTS) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE not_duplicate, near_pair, duplicate_check, duplicate_state');
    await runner.query('ALTER TABLE image DROP perceptual_hash');
  }
}

const STATEMENTS = [
  'ALTER TABLE image ADD perceptual_hash bytea CHECK (length(perceptual_hash) = 8)',
  // The space that the pairs are of; the version is another after every change of what groups are made from.
  `CREATE TABLE duplicate_state (
     singleton boolean PRIMARY KEY DEFAULT true CHECK (singleton),
     encoder_id integer,
     tap text,
     version bigint NOT NULL DEFAULT 0
   )`,
  'INSERT INTO duplicate_state DEFAULT VALUES',
  // Images that have not been compared with the others yet; a new one is put here by the transaction that stores it.
  `CREATE TABLE duplicate_check (
     image_id bigint PRIMARY KEY REFERENCES image ON DELETE CASCADE
   )`,
  'INSERT INTO duplicate_check SELECT id FROM image',
  // score: cosine; distance: bits by which the perceptual hashes differ.
  `CREATE TABLE near_pair (
     low_id bigint NOT NULL REFERENCES image ON DELETE CASCADE,
     high_id bigint NOT NULL REFERENCES image ON DELETE CASCADE,
     score real NOT NULL,
     distance smallint NOT NULL CHECK (distance BETWEEN 0 AND 64),
     PRIMARY KEY (low_id, high_id),
     CHECK (low_id < high_id)
   )`,
  'CREATE INDEX near_pair_high ON near_pair (high_id)',
  // By content, so that it holds when the images are deleted and come again.
  `CREATE TABLE not_duplicate (
     low_sha256 bytea NOT NULL CHECK (length(low_sha256) = 32),
     high_sha256 bytea NOT NULL CHECK (length(high_sha256) = 32),
     at timestamptz NOT NULL DEFAULT now(),
     PRIMARY KEY (low_sha256, high_sha256),
     CHECK (low_sha256 < high_sha256)
   )`,
];
