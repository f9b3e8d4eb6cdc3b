import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { Classifiers } from '../../classifiers/classifiers.js';
import type { CategoryRecord, ClassifierKind, ClassifierRecord } from '../../domain/classifier.js';
import { fitsInteger } from '../number-columns.js';
import { PostgresDatabase } from '../postgres-database.js';
import { dropUnusedExamples } from './examples.js';

interface ClassifierRow {
  id: number;
  name: string;
  kind: ClassifierKind;
  created_at: Date;
  version_in_use: number | null;
  categories: CategoryRecord[];
  labels_without_image: number;
}

/**
 * The image of an example (`e`) is at hand: in the catalogue, or an own one. By content, because an image that was deleted
 * and came back is tied to its example only later; see `linkExamples`.
 */
const AT_HAND = '(e.own OR e.image_id IS NOT NULL OR EXISTS (SELECT 1 FROM image i WHERE i.sha256 = e.sha256))';

/** A label counts where its image is at hand. */
const SELECT_CLASSIFIERS = `
  SELECT f.id, f.name, f.kind, f.created_at, v.number AS version_in_use,
         coalesce((
           SELECT json_agg(json_build_object('id', c.id, 'name', c.name, 'positives', c.positives, 'negatives', c.negatives) ORDER BY c.id)
           FROM (SELECT c.id, c.name,
                        count(*) FILTER (WHERE l.positive AND ${AT_HAND}) AS positives,
                        count(*) FILTER (WHERE NOT l.positive AND ${AT_HAND}) AS negatives
                 FROM category c LEFT JOIN label l ON l.category_id = c.id LEFT JOIN example e ON e.id = l.example_id
                 WHERE c.classifier_id = f.id AND c.removed_at IS NULL GROUP BY c.id) c), '[]') AS categories,
         (SELECT count(*) FROM label l JOIN category c ON c.id = l.category_id JOIN example e ON e.id = l.example_id
          WHERE c.classifier_id = f.id AND c.removed_at IS NULL AND NOT ${AT_HAND}) AS labels_without_image
  FROM classifier f LEFT JOIN head_version v ON v.id = f.version_in_use`;

@Injectable()
export class PostgresClassifiers extends Classifiers {
  constructor(private readonly database: PostgresDatabase) {
    super();
  }

  override async create(
    name: string,
    kind: ClassifierKind,
    categories: readonly string[],
  ): Promise<ClassifierRecord | null> {
    const id = await this.database.transaction(async (manager) => {
      const [row] = await manager.query<{ id: number }[]>(
        'INSERT INTO classifier (name, kind) VALUES ($1, $2) ON CONFLICT DO NOTHING RETURNING id',
        [name, kind],
      );
      if (!row) return null;
      await manager.query('INSERT INTO category (classifier_id, name) SELECT $1, unnest($2::text[])', [
        row.id,
        categories,
      ]);
      return row.id;
    });
    return id === null ? null : this.find(id);
  }

  override async find(key: number | string): Promise<ClassifierRecord | null> {
    if (typeof key === 'number' && !fitsInteger(key)) return null;
    const [row] = await this.database.query<ClassifierRow>(
      `${SELECT_CLASSIFIERS} WHERE ${typeof key === 'number' ? 'f.id' : 'f.name'} = $1`,
      [key],
    );
    return row ? toClassifier(row) : null;
  }

  override async list(): Promise<ClassifierRecord[]> {
    const rows = await this.database.query<ClassifierRow>(`${SELECT_CLASSIFIERS} ORDER BY f.name`);
    return rows.map(toClassifier);
  }

  override rename(id: number, name: string): Promise<boolean> {
    return this.unlessTaken(
      `UPDATE classifier SET name = $2, updated_at = now()
       WHERE id = $1 AND NOT EXISTS (SELECT 1 FROM classifier WHERE name = $2 AND id <> $1) RETURNING id`,
      [id, name],
    );
  }

  override async remove(id: number): Promise<void> {
    await this.database.transaction(async (manager) => {
      await manager.query('UPDATE classifier SET version_in_use = NULL WHERE id = $1', [id]);
      await manager.query(
        'DELETE FROM category_score WHERE version_id IN (SELECT id FROM head_version WHERE classifier_id = $1)',
        [id],
      );
      await manager.query('DELETE FROM classifier WHERE id = $1', [id]);
      await dropUnusedExamples(manager);
    });
  }

  override async addCategory(classifierId: number, name: string): Promise<number | null> {
    const [row] = await this.database.query<{ id: number }>(
      `INSERT INTO category (classifier_id, name) VALUES ($1, $2)
       ON CONFLICT (classifier_id, name) WHERE removed_at IS NULL DO NOTHING RETURNING id`,
      [classifierId, name],
    );
    return row?.id ?? null;
  }

  override renameCategory(categoryId: number, name: string): Promise<boolean> {
    return this.unlessTaken(
      `UPDATE category c SET name = $2 WHERE id = $1 AND removed_at IS NULL AND NOT EXISTS (
         SELECT 1 FROM category o
         WHERE o.classifier_id = c.classifier_id AND o.name = $2 AND o.removed_at IS NULL AND o.id <> $1)
       RETURNING id`,
      [categoryId, name],
    );
  }

  override async removeCategory(categoryId: number): Promise<void> {
    await this.database.transaction(async (manager) => {
      // Those who label take this lock too: none can put a label on the category once it is gone.
      await manager.query(
        'SELECT 1 FROM classifier WHERE id = (SELECT classifier_id FROM category WHERE id = $1) FOR UPDATE',
        [categoryId],
      );
      await manager.query('UPDATE category SET removed_at = now() WHERE id = $1 AND removed_at IS NULL', [categoryId]);
      await clearLabels(manager, categoryId);
      await manager.query('DELETE FROM category_score WHERE category_id = $1', [categoryId]);
    });
  }

  private async unlessTaken(update: string, parameters: readonly unknown[]): Promise<boolean> {
    const rows = await this.database.query<{ id: number }>(
      `WITH changed AS (${update}) SELECT id FROM changed`,
      parameters,
    );
    return rows.length > 0;
  }
}

async function clearLabels(manager: EntityManager, categoryId: number): Promise<void> {
  await manager.query(
    `WITH gone AS (DELETE FROM label WHERE category_id = $1 RETURNING category_id, example_id, positive)
     INSERT INTO label_event (classifier_id, category_id, example_id, value, before, origin)
     SELECT c.classifier_id, g.category_id, g.example_id, 'cleared',
            CASE WHEN g.positive THEN 'positive' ELSE 'negative' END, 'category removed'
     FROM gone g JOIN category c ON c.id = g.category_id`,
    [categoryId],
  );
}

function toClassifier(row: ClassifierRow): ClassifierRecord {
  return {
    id: row.id,
    name: row.name,
    kind: row.kind,
    categories: row.categories,
    versionInUse: row.version_in_use,
    labelsWithoutImage: row.labels_without_image,
    createdAt: row.created_at,
  };
}
