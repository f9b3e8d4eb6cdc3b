import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestDatabase } from '#libs/testing';
import type { ImageFilter } from '../domain/filter.js';
import { PostgresMetadataFields } from './postgres-metadata-fields.js';
import { arrival, CatalogueFixture } from './testing/catalogue-fixture.js';

let catalogue: CatalogueFixture;
let fields: PostgresMetadataFields;
beforeAll(async () => {
  catalogue = await CatalogueFixture.open(await createTestDatabase());
  fields = new PostgresMetadataFields(catalogue.database);
});
afterAll(() => catalogue.drop());

const listed = async (filter: ImageFilter): Promise<unknown[]> =>
  (await catalogue.reader.list({ filter, limit: 100 })).images.map(({ metadata }) => metadata.name).sort();

describe('declared metadata fields', () => {
  it('count what fits and what does not', async () => {
    for (const [i, year] of [2001, 2002, '2003', null, undefined, 1e300, true].entries()) {
      await catalogue.storeOne(arrival(`fits ${i}`, undefined, { metadata: { name: `n${i}`, year } }));
    }
    const report = await fields.declare('year', 'number');
    expect(report).toMatchObject({ key: 'year', type: 'number', indexed: true, images: 3, misfits: 2 });
    expect(report.misfitSamples.map(({ value }) => value)).toEqual(['2003', true]);
    expect(await fields.declare('year', 'number')).toEqual(report);
    await expect(fields.declare('year', 'text')).rejects.toMatchObject({ code: 'metadata_field_conflict' });
    expect(await listed({ field: 'metadata.year', gte: 2002 })).toEqual(['n1', 'n5']);
    expect(await listed({ not: { field: 'metadata.year', gte: 2002 } })).toEqual(['n0', 'n2', 'n3', 'n4', 'n6']);
  });

  it('are removed with their index', async () => {
    await fields.declare("it's", 'keyword');
    expect((await fields.list()).map(({ key }) => key)).toContain("it's");
    expect(await fields.remove("it's")).toBe(true);
    expect(await fields.remove("it's")).toBe(false);
    await expect(listed({ field: "metadata.it's", eq: 'x' })).rejects.toMatchObject({
      code: 'invalid_request',
      fields: [{ path: 'filter.field', received: '"metadata.it\'s"' }],
    });
    expect(await catalogue.database.query(`SELECT 1 FROM pg_class WHERE relname LIKE 'image_metadata%'`)).toHaveLength(
      1,
    );
  });

  it('are indexed again where the index is missing', async () => {
    const [index] = await catalogue.database.query<{ name: string }>(
      `SELECT 'image_metadata_' || id AS name FROM metadata_field WHERE key = 'year'`,
    );
    await catalogue.database.query(`DROP INDEX ${index?.name}`);
    expect((await fields.list()).find(({ key }) => key === 'year')?.indexed).toBe(false);
    await Promise.all([fields.ensureIndexes(), fields.ensureIndexes()]);
    expect((await fields.list()).find(({ key }) => key === 'year')?.indexed).toBe(true);
  });

  it('take strings too long to be indexed as misfits', async () => {
    await catalogue.storeOne(arrival('long', undefined, { metadata: { title: 'x'.repeat(10_000) } }));
    await catalogue.storeOne(arrival('short', undefined, { metadata: { name: 's', title: 'x'.repeat(256) } }));
    expect(await fields.declare('title', 'text')).toMatchObject({ images: 1, misfits: 1 });
    await catalogue.storeOne(arrival('long later', undefined, { metadata: { title: '\u{1F600}'.repeat(5000) } }));
    expect(await listed({ field: 'metadata.title', prefix: 'xx' })).toEqual(['s']);
  });

  it('read dates as the filter does, and nothing that is none', async () => {
    const dates = {
      day: '2024-02-29',
      time: '2024-02-29T23:30:00.5Z',
      offset: '2024-03-01T01:00:00+02:00',
      noLeap: '2023-02-29',
      words: 'yesterday',
      thirteen: '2024-13-01',
      late: '2024-02-29T24:00:00Z',
    };
    for (const [name, taken] of Object.entries(dates)) {
      await catalogue.storeOne(arrival(`date ${name}`, undefined, { metadata: { name, taken } }));
    }
    expect(await fields.declare('taken', 'date')).toMatchObject({ images: 3, misfits: 4 });
    expect(await listed({ field: 'metadata.taken', eq: '2024-02-29' })).toEqual(['day', 'offset', 'time']);
    expect(await listed({ field: 'metadata.taken', gt: '2024-02-29T23:00:00Z' })).toEqual(['time']);
    expect(await listed({ field: 'metadata.taken', eq: '2024-02-29T23:30:00.500Z' })).toEqual(['time']);
    expect(await listed({ field: 'metadata.taken', gt: '2024-02-29' })).toEqual([]);
    await expect(listed({ field: 'metadata.taken', eq: '2024-02-30' })).rejects.toMatchObject({
      fields: [{ path: 'filter.eq', expected: 'an ISO 8601 date (metadata.taken is a date field)' }],
    });
  });

  it('are found by their index', async () => {
    const plan = await catalogue.database.transaction(async (manager) => {
      await manager.query('SET LOCAL enable_seqscan = off');
      const { sql, parameters } = await catalogue.vocabulary.compile({ field: 'metadata.year', gte: 2002 });
      return manager.query<unknown[]>(`EXPLAIN SELECT i.id FROM image i WHERE ${sql}`, [...parameters]);
    });
    expect(JSON.stringify(plan)).toContain('image_metadata_');
  });
});
