import { Injectable } from '@nestjs/common';
import { DomainError } from '#libs/errors';
import { Labels, type LabelsQuery } from '../../classifiers/classifiers.js';
import type {
  LabelEvent,
  LabelOutcome,
  LabelRecord,
  LabelStatement,
  LabelledExample,
} from '../../domain/classifier.js';
import { PostgresDatabase } from '../postgres-database.js';
import { linkExamples } from './examples.js';
import { stateLabels } from './state-labels.js';

const SELECT_EVENTS = `
  SELECT v.id, v.example_id AS "exampleId", e.image_id AS "imageId", v.category_id AS "categoryId", c.name AS category,
         v.value, v.before, v.origin, v.at
  FROM label_event v JOIN category c ON c.id = v.category_id JOIN example e ON e.id = v.example_id`;

@Injectable()
export class PostgresLabels extends Labels {
  constructor(private readonly database: PostgresDatabase) {
    super();
  }

  override async state(
    classifierId: number,
    statements: readonly LabelStatement[],
    by: { readonly origin: string; readonly confirm?: boolean },
  ): Promise<LabelOutcome[]> {
    return this.database.transaction(async (manager) => {
      // Those who label the same classifier take turns, so that what held before is what the history says.
      const [classifier] = await manager.query<{ kind: 'single' | 'multi' }[]>(
        'SELECT kind FROM classifier WHERE id = $1 FOR UPDATE',
        [classifierId],
      );
      if (!classifier) throw new DomainError('classifier_not_found', 'The classifier was deleted meanwhile.');
      return stateLabels(manager, { id: classifierId, kind: classifier.kind }, statements, by);
    });
  }

  override async list(
    classifierId: number,
    query: LabelsQuery,
  ): Promise<{ labels: LabelRecord[]; next: number | null }> {
    await linkExamples(this.database);
    const rows = await this.database.query<LabelRecord & { event: number }>(
      `SELECT l.event_id AS event, l.example_id AS "exampleId", e.image_id AS "imageId", e.own, e.name,
              l.category_id AS "categoryId", l.positive, v.origin, v.at
       FROM label l JOIN category c ON c.id = l.category_id JOIN example e ON e.id = l.example_id
       JOIN label_event v ON v.id = l.event_id
       WHERE c.classifier_id = $1 AND ($2::int IS NULL OR l.category_id = $2) AND l.event_id < $3
         AND ($4::bigint[] IS NULL OR e.image_id = ANY($4)) AND ($5::bigint[] IS NULL OR e.id = ANY($5))
       ORDER BY l.event_id DESC LIMIT $6`,
      [
        classifierId,
        query.categoryId ?? null,
        query.before ?? Number.MAX_SAFE_INTEGER,
        query.imageIds ?? null,
        query.exampleIds ?? null,
        query.limit + 1,
      ],
    );
    const page = rows.slice(0, query.limit);
    const labels = page.map(({ event: _event, ...label }) => label);
    return { labels, next: rows.length > query.limit ? (page.at(-1)?.event ?? null) : null };
  }

  override async history(
    classifierId: number,
    query: { exampleId?: number; imageId?: number; before?: number; limit: number },
  ): Promise<{ events: LabelEvent[]; next: number | null }> {
    const rows = await this.database.query<LabelEvent>(
      `${SELECT_EVENTS}
       WHERE v.classifier_id = $1 AND ($2::bigint IS NULL OR v.example_id = $2)
         AND ($3::bigint IS NULL OR e.image_id = $3) AND v.id < $4
       ORDER BY v.id DESC LIMIT $5`,
      [
        classifierId,
        query.exampleId ?? null,
        query.imageId ?? null,
        query.before ?? Number.MAX_SAFE_INTEGER,
        query.limit + 1,
      ],
    );
    const events = rows.slice(0, query.limit);
    return { events, next: rows.length > query.limit ? (events.at(-1)?.id ?? null) : null };
  }

  override disagreements(classifierId: number, limit: number): Promise<LabelEvent[]> {
    // Taking back is no disagreement; saying something else than what held is.
    return this.database.query<LabelEvent>(
      `WITH disputed AS (
         SELECT example_id, max(id) AS newest FROM label_event
         WHERE classifier_id = $1 AND before IS NOT NULL
           AND (value <> 'cleared' AND value <> before OR value = 'cleared' AND origin LIKE 'superseded%')
         GROUP BY example_id ORDER BY newest DESC LIMIT $2)
       ${SELECT_EVENTS} JOIN disputed d ON d.example_id = v.example_id
       WHERE v.classifier_id = $1 ORDER BY d.newest DESC, v.id`,
      [classifierId, limit],
    );
  }

  override async examplesOf(classifierId: number): Promise<LabelledExample[]> {
    await linkExamples(this.database);
    const rows = await this.database.query<Omit<LabelledExample, 'sha256'> & { sha256: Buffer }>(
      `SELECT e.id, e.sha256, e.image_id AS "imageId", e.own, e.name,
              json_agg(json_build_object('categoryId', l.category_id, 'positive', l.positive) ORDER BY l.category_id) AS labels
       FROM label l JOIN category c ON c.id = l.category_id JOIN example e ON e.id = l.example_id
       WHERE c.classifier_id = $1 AND c.removed_at IS NULL GROUP BY e.id ORDER BY e.sha256`,
      [classifierId],
    );
    return rows.map((row) => ({ ...row, sha256: row.sha256.toString('hex') }));
  }

  override async labelledImages(classifierId: number, imageIds?: readonly number[]): Promise<Set<number>> {
    await linkExamples(this.database);
    const rows = await this.database.query<{ id: number }>(
      `SELECT DISTINCT e.image_id AS id FROM label l JOIN category c ON c.id = l.category_id
       JOIN example e ON e.id = l.example_id
       WHERE c.classifier_id = $1 AND e.image_id IS NOT NULL AND ($2::bigint[] IS NULL OR e.image_id = ANY($2))`,
      [classifierId, imageIds ?? null],
    );
    return new Set(rows.map((row) => row.id));
  }
}
