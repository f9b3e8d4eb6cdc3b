import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Near-duplicates by hashes that say nothing, as those of plain colours: they agree whatever the pictures are, so only a cosine
 * stood behind such a pair. Those that would be found now stay: see `saysNothing` and `ruleFor`.
 */
export class DropPairsOfPlainPictures1763830000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    // One side after the other: with OR between them, each pair might be looked for in all plain pictures.
    for (const side of ['low_id', 'high_id'])
      await runner.query(
        `DELETE FROM near_pair p USING image i
         WHERE p.score < 0.999 AND i.id = p.${side} AND bit_count(i.perceptual_hash) NOT BETWEEN 8 AND 56`,
      );
    await runner.query('UPDATE duplicate_state SET version = version + 1');
  }

  async down(): Promise<void> {
    // What was wrong is not found again.
  }
}
