import { Injectable } from '@nestjs/common';
import { CategoryScores } from '../../classifiers/heads.js';
import type { FeatureRows, ScoreBatch } from '../../domain/classifier.js';
import { asReal } from '../number-columns.js';
import { PostgresDatabase } from '../postgres-database.js';
import { copyScores } from './copy-scores.js';
import { linkExamples } from './examples.js';
import { featureJoin } from './feature-join.js';

type Space = { readonly encoderId: number; readonly taps: readonly string[] };

@Injectable()
export class PostgresCategoryScores extends CategoryScores {
  constructor(private readonly database: PostgresDatabase) {
    super();
  }

  override unscored(space: Space, versionId: number, afterId: number, limit: number): Promise<FeatureRows> {
    const { from, vector, parameters } = featureJoin(space, 4);
    return this.rows(
      `SELECT i.id, ${vector} AS vector FROM ${from}
       WHERE i.id > $1 AND NOT EXISTS (SELECT 1 FROM category_score s WHERE s.image_id = i.id AND s.version_id = $2)
       ORDER BY i.id LIMIT $3`,
      [afterId, versionId, limit, ...parameters],
    );
  }

  override featuresOf(space: Space, imageIds: readonly number[], unscoredUnder?: number): Promise<FeatureRows> {
    const { from, vector, parameters } = featureJoin(space, 3);
    return this.rows(
      `SELECT i.id, ${vector} AS vector FROM ${from}
       WHERE i.id = ANY($1::bigint[]) AND ($2::int IS NULL OR NOT EXISTS (
         SELECT 1 FROM category_score s WHERE s.image_id = i.id AND s.version_id = $2))
       ORDER BY i.id`,
      [imageIds, unscoredUnder ?? null, ...parameters],
    );
  }

  override keep(batch: ScoreBatch): Promise<number> {
    return this.database.withConnection((client) => copyScores(client, batch));
  }

  override async progress(versionId: number): Promise<{ images: number; scored: number }> {
    const [row] = await this.database.query<{ images: number; scored: number }>(
      `SELECT (SELECT count(*) FROM image) AS images,
              (SELECT count(*) FROM image i WHERE EXISTS (
                 SELECT 1 FROM category_score s WHERE s.image_id = i.id AND s.version_id = $1)) AS scored`,
      [versionId],
    );
    return row ?? { images: 0, scored: 0 };
  }

  override counts(classifierId: number, minScore: number): Promise<{ categoryId: number; images: number }[]> {
    return this.database.query(
      `SELECT c.id AS "categoryId",
              (SELECT count(*) FROM category_score s
               WHERE s.version_id = f.version_in_use AND s.category_id = c.id AND s.score >= $2) AS images
       FROM category c JOIN classifier f ON f.id = c.classifier_id
       WHERE f.id = $1 AND c.removed_at IS NULL ORDER BY c.id`,
      [classifierId, asReal(minScore)],
    );
  }

  override browse(
    classifierId: number,
    categoryId: number,
    query: { minScore: number; maxScore: number; after?: { score: number; imageId: number }; limit: number },
  ): Promise<{ imageId: number; score: number }[]> {
    return this.database.query(
      `SELECT s.image_id AS "imageId", s.score
       FROM category_score s
       WHERE s.version_id = (SELECT version_in_use FROM classifier WHERE id = $1) AND s.category_id = $2
         AND s.score >= $3 AND s.score <= $4 AND ($5::real IS NULL OR (s.score, s.image_id) < ($5, $6))
       ORDER BY s.score DESC, s.image_id DESC LIMIT $7`,
      [
        classifierId,
        categoryId,
        asReal(query.minScore),
        asReal(query.maxScore),
        query.after ? asReal(query.after.score) : null,
        query.after?.imageId ?? 0,
        query.limit,
      ],
    );
  }

  override ofImages(
    classifierId: number,
    imageIds: readonly number[],
  ): Promise<{ imageId: number; categoryId: number; score: number }[]> {
    return this.database.query(
      `SELECT s.image_id AS "imageId", s.category_id AS "categoryId", s.score FROM category_score s
       JOIN classifier f ON f.version_in_use = s.version_id
       JOIN category c ON c.id = s.category_id AND c.removed_at IS NULL
       WHERE f.id = $1 AND s.image_id = ANY($2::bigint[]) ORDER BY s.image_id, s.score DESC`,
      [classifierId, imageIds],
    );
  }

  override async uncertain(
    classifierId: number,
    kind: 'single' | 'multi',
    limit: number,
  ): Promise<{ imageId: number; uncertainty: number }[]> {
    await linkExamples(this.database);
    // single: the margin between the two most probable categories; multi: the category nearest to one half.
    const uncertainty =
      kind === 'single'
        ? '1 - (max(s.score) - coalesce((array_agg(s.score ORDER BY s.score DESC))[2], 0))'
        : '1 - 2 * min(abs(s.score - 0.5))';
    return this.database.query(
      `SELECT s.image_id AS "imageId", ${uncertainty} AS uncertainty
       FROM category_score s
       WHERE s.version_id = (SELECT version_in_use FROM classifier WHERE id = $1)
         AND NOT EXISTS (
           SELECT 1 FROM example e JOIN label l ON l.example_id = e.id JOIN category c ON c.id = l.category_id
           WHERE e.image_id = s.image_id AND c.classifier_id = $1)
       GROUP BY s.image_id ORDER BY uncertainty DESC, s.image_id LIMIT $2`,
      [classifierId, limit],
    );
  }

  private async rows(sql: string, parameters: readonly unknown[]): Promise<FeatureRows> {
    const rows = await this.database.query<{ id: number; vector: Buffer }>(sql, parameters);
    const width = (rows[0]?.vector.byteLength ?? 0) / 4;
    const bytes = new Uint8Array(new SharedArrayBuffer(rows.length * width * 4));
    rows.forEach(({ vector }, at) => bytes.set(vector, at * width * 4));
    return { imageIds: rows.map((row) => row.id), features: new Float32Array(bytes.buffer) };
  }
}
