import { Injectable } from '@nestjs/common';
import { Examples, type ExampleView } from '../../classifiers/classifiers.js';
import type { ExampleRecord } from '../../domain/classifier.js';
import { takeTurns } from '../delete-images.js';
import { PostgresDatabase } from '../postgres-database.js';
import { bytesToVector, vectorToBytes } from '../vector-bytes.js';
import { KEPT_FOR_EXAMPLE } from './kept-for-example.js';

interface ExampleRow {
  id: number;
  sha256: Buffer;
  image_id: number | null;
  own: boolean;
  name: string | null;
}

@Injectable()
export class PostgresExamples extends Examples {
  constructor(private readonly database: PostgresDatabase) {
    super();
  }

  override async add(sha256: string, name: string, keep: () => Promise<void>): Promise<ExampleRecord> {
    return this.database.transaction(async (manager) => {
      // Arrivals of the same content and the removal of its file wait.
      await takeTurns(manager, [sha256]);
      const digest = Buffer.from(sha256, 'hex');
      const [image] = await manager.query<{ id: number }[]>('SELECT id FROM image WHERE sha256 = $1 FOR KEY SHARE', [
        digest,
      ]);
      if (!image) await keep();
      const rows = await manager.query<ExampleRow[]>(
        `INSERT INTO example (sha256, image_id, own, name) VALUES ($1, $2, $3, $4)
         ON CONFLICT (sha256) DO UPDATE
         SET image_id = excluded.image_id, own = example.own OR excluded.own, name = coalesce(example.name, excluded.name)
         RETURNING id, sha256, image_id, own, name`,
        [digest, image?.id ?? null, !image, name],
      );
      return toExample(rows[0] as ExampleRow);
    });
  }

  override async find(ids: readonly number[]): Promise<ExampleRecord[]> {
    const rows = await this.database.query<ExampleRow>(
      'SELECT id, sha256, image_id, own, name FROM example WHERE id = ANY($1::bigint[]) ORDER BY id',
      [ids],
    );
    return rows.map(toExample);
  }

  override async listKept(after: number, limit: number): Promise<ExampleRecord[]> {
    const rows = await this.database.query<ExampleRow>(
      `SELECT id, sha256, image_id, own, name FROM example WHERE id > $1 AND ${KEPT_FOR_EXAMPLE} ORDER BY id LIMIT $2`,
      [after, limit],
    );
    return rows.map(toExample);
  }

  override async features(
    { encoderId, tap, view }: ExampleView,
    exampleIds: readonly number[],
  ): Promise<Map<number, Float32Array>> {
    // The plain view of a catalogue image is the one that searches use; it is kept once.
    const rows = await this.database.query<{ id: number; vector: Buffer }>(
      `SELECT example_id AS id, vector FROM example_embedding
       WHERE encoder_id = $1 AND tap = $2 AND view = $3 AND example_id = ANY($4::bigint[])
       UNION ALL
       SELECT e.id, m.vector FROM example e JOIN embedding m ON m.image_id = e.image_id
       WHERE $3 = 0 AND m.encoder_id = $1 AND m.tap = $2 AND e.id = ANY($4::bigint[])`,
      [encoderId, tap, view, exampleIds],
    );
    return new Map(rows.map((row) => [row.id, bytesToVector(row.vector)]));
  }

  override async keepFeatures(
    { encoderId, tap, view }: ExampleView,
    vectors: ReadonlyMap<number, Float32Array>,
  ): Promise<void> {
    if (vectors.size === 0) return;
    await this.database.query(
      `INSERT INTO example_embedding (encoder_id, tap, view, example_id, vector)
       SELECT $1, $2, $3, given.example_id, given.vector
       FROM unnest($4::bigint[], $5::bytea[]) AS given (example_id, vector)
       WHERE EXISTS (SELECT 1 FROM example e WHERE e.id = given.example_id FOR KEY SHARE)
       ON CONFLICT DO NOTHING`,
      [encoderId, tap, view, [...vectors.keys()], [...vectors.values()].map(vectorToBytes)],
    );
  }
}

function toExample({ id, sha256, image_id, own, name }: ExampleRow): ExampleRecord {
  return { id, sha256: sha256.toString('hex'), imageId: image_id, own, name };
}
