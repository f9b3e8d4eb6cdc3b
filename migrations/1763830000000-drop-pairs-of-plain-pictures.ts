import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Near-duplicates by hashes that say nothing, as those of plain colours: they agree whatever the pictures are, so only a cosine
 * stood behind such a pair. Those that would be found now stay: see `saysNothing` and `ruleFor`.
 */
export class DropPairsOfPlainPictures1763830000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(
      `WITH plain AS MATERIALIZED (SELECT id FROM image WHERE bit_count(perceptual_hash) NOT BETWEEN 8 AND 56)
       DELETE FROM near_pair
       WHERE score < 0.999 AND (low_id IN (SELECT id FROM plain) OR high_id IN (SELECT id FROM plain))`,
    );
    await runner.query('UPDATE duplicate_state SET version = version + 1');
  }

  async down(): Promise<void> {
    // What was wrong is not found again.
  }
}
