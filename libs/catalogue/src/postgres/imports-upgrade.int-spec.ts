import { createTestDatabase } from '#libs/testing';
import { describe, expect, it } from 'vitest';
import { CatalogueFixture } from './testing/catalogue-fixture.js';
import { olderSchema } from './testing/older-schema.js';

describe('a database from before items had external ids of their own', () => {
  it('keeps its items', async () => {
    const older = await createTestDatabase();
    await olderSchema(older.url, '1763790000000', (source) =>
      source.query(
        `WITH made AS (
           INSERT INTO import (root, reference, remove_vanished, status) VALUES ('/list.csv', false, false, 'listing') RETURNING id)
         INSERT INTO import_item (import_id, path, external_id, status) SELECT id, '/a.jpg', '1', 'done' FROM made`,
      ),
    );
    const newer = await CatalogueFixture.open(older);
    try {
      const [{ id } = { id: 0 }] = await newer.imports.list(1);
      const rows = ['1', '2'].map((externalId) => ({ path: '/a.jpg', externalId, size: 1, modifiedMs: 1 }));
      await newer.imports.addItems(id, rows);
      expect(await newer.imports.find(id)).toMatchObject({ total: 2, done: 1, left: 1 });
    } finally {
      await newer.drop();
    }
  });
});

describe('a database from before listings were remembered', () => {
  it('lists again what was cancelled or failed, and goes on with what was done', async () => {
    const older = await createTestDatabase();
    await olderSchema(older.url, '1763780000000', (source) =>
      source.query(
        `WITH made AS (
           INSERT INTO import (root, reference, remove_vanished, status)
           SELECT '/' || status, false, false, status FROM unnest(ARRAY['done', 'cancelled', 'failed']) AS status
           RETURNING id)
         INSERT INTO import_item (import_id, path, status) SELECT id, '/some.jpg', 'failed' FROM made`,
      ),
    );
    const newer = await CatalogueFixture.open(older);
    try {
      const before = await newer.imports.list(10);
      for (const { id } of before) expect(await newer.imports.retryFailed(id)).toBe(true);
      const after = (await newer.imports.list(10)).map(({ root, status }) => [root, status]);
      expect(Object.fromEntries(after)).toEqual({ '/done': 'running', '/cancelled': 'listing', '/failed': 'listing' });
    } finally {
      await newer.drop();
    }
  });
});
