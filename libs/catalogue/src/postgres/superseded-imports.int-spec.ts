import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createTestDatabase } from '#libs/testing';
import type { ImportRequest, NewItem } from '../domain/import.js';
import { PostgresFilterResolver } from './postgres-filter-resolver.js';
import { arrival, CatalogueFixture } from './testing/catalogue-fixture.js';
import { fileItem, listedImport, storeChunk, workThroughImport } from './testing/listed-import.js';

let catalogue: CatalogueFixture;
beforeAll(async () => {
  catalogue = await CatalogueFixture.open(await createTestDatabase());
});
afterAll(() => catalogue.drop());

let folders = 0;
let root: string;
beforeEach(() => {
  root = `/folder-${++folders}`;
});

const error = { code: 'image_corrupt', detail: 'it is' } as const;
const item = (name: string, more: Partial<NewItem> = {}) => fileItem(root, name, more);
const files = () => [item('a.jpg'), item('b.jpg'), item('bad.jpg', { error })];
const listed = (request: Partial<ImportRequest> = {}) => listedImport(catalogue, { root, ...request }, files());

async function imported(request: Partial<ImportRequest> = {}): Promise<number> {
  const id = await listed(request);
  await workThroughImport(catalogue, id);
  return id;
}

/** Drops one by one; with `steps`, no further than that. */
async function drop(steps = Infinity): Promise<void> {
  for (let step = 0; step < steps && (await catalogue.imports.dropSuperseded(1)); step++);
}

/** How many items are kept of each import. */
async function kept(...ids: number[]): Promise<number[]> {
  const count = async (id: number) => {
    const [row] = await catalogue.database.query<{ n: number }>(
      'SELECT count(*) AS n FROM import_item WHERE import_id = $1',
      [id],
    );
    return row?.n ?? 0;
  };
  return Promise.all(ids.map(count));
}

describe('items of an import', () => {
  it('are dropped once a later one of the same files is done; what they came to stays', async () => {
    const first = await imported();
    const before = await catalogue.imports.find(first);
    const failures = await catalogue.imports.failedCount();
    const second = await listed();
    await drop();
    expect(await kept(first, second)).toEqual([3, 3]); // the second is not done yet
    await workThroughImport(catalogue, second);
    for (let steps = 0; steps < 6; steps++) {
      // As where a process dies after any of the steps.
      await drop(1);
      expect(await catalogue.imports.find(first)).toEqual(before);
      expect(await catalogue.imports.failedCount()).toBe(failures);
    }
    expect(before).toMatchObject({ total: 3, done: 2, failed: 1, outcomes: { added: 2 } });
    expect(before?.rate).toBeGreaterThan(0);
    expect(await kept(first, second)).toEqual([0, 3]);
    expect((await catalogue.imports.items(second, { status: 'failed', limit: 10 })).items).toMatchObject([{ error }]);
    expect(await catalogue.imports.dropSuperseded(1)).toBe(false);
  });

  it('are found by filters also once they have been dropped', async () => {
    const resolver = new PostgresFilterResolver(catalogue.database, catalogue.vocabulary);
    await catalogue.storeOne(arrival(`beside ${root}`)); // of no import, and between images of one
    const first = await listed();
    await storeChunk(catalogue, first, { chunk: 1 });
    await catalogue.storeOne(arrival(`between ${root}`));
    await workThroughImport(catalogue, first);
    const second = await listedImport(catalogue, { root }, [item('later.jpg')]);
    await workThroughImport(catalogue, second);
    const conditions = [
      { field: 'import', eq: String(first) },
      { field: 'import', in: [String(first), String(second)] },
      { field: 'import', exists: true },
    ];
    const filters = [...conditions, ...conditions.map((condition) => ({ not: condition }))];
    const found = () => Promise.all(filters.map(async (one) => [...(await resolver.resolve(one))]));
    const before = await found();
    expect(before[0]).toHaveLength(2);
    expect(before[1]).toHaveLength(3);
    for (let steps = 0; steps < 6; steps++) {
      await drop(1);
      expect(await found()).toEqual(before);
    }
    expect(await kept(first)).toEqual([0]);
    const never = { field: 'import', eq: '2000000000' };
    expect(await resolver.count(never)).toBe(0);
    expect(await resolver.count({ not: never })).toBe(await resolver.count({ field: 'id', exists: true }));
  });

  it('are read and tried again no more from the first step on', async () => {
    const [first, second] = [await imported(), await imported()];
    await drop(1);
    expect(await catalogue.imports.items(first, { limit: 10 })).toEqual({ items: [], nextCursor: null });
    expect(await catalogue.imports.retryFailed(first)).toBe(false);
    expect(await catalogue.imports.retryFailed(second)).toBe(true);
  });

  it('are as many as there are files, however often these are imported', async () => {
    const ids = [];
    for (let night = 0; night < 4; night++) {
      ids.push(await imported());
      await drop();
    }
    expect(await kept(...ids)).toEqual([0, 0, 0, 3]);
  });

  it('are kept where the later import was of other files, or for another collection or reference', async () => {
    const first = await imported();
    await imported({ root: `${root}/below` });
    await imported({ collection: 'another' });
    await imported({ reference: true });
    await drop();
    expect(await kept(first)).toEqual([3]);
  });

  it('are kept while the later one has failed or was cancelled', async () => {
    const first = await imported();
    await catalogue.imports.setFailed(await listed(), error);
    await catalogue.imports.cancel(await listed());
    await drop();
    expect(await kept(first)).toEqual([3]);
  });

  it('are kept of what was tried again and ended last', async () => {
    const [first, second] = [await imported(), await listed()];
    await catalogue.imports.retryFailed(first);
    await workThroughImport(catalogue, second);
    await drop();
    expect(await kept(first, second)).toEqual([3, 3]);
    await workThroughImport(catalogue, first);
    await drop();
    expect(await kept(first, second)).toEqual([3, 3]);
  });

  it('are dropped of what was cancelled, once nobody has any of them in hand', async () => {
    const first = await listed();
    const [inHand] = await catalogue.imports.claim(first, 1);
    await catalogue.imports.cancel(first);
    await imported();
    await drop();
    expect(await kept(first)).toEqual([3]);
    await catalogue.imports.release([inHand?.id ?? 0]);
    const before = await catalogue.imports.find(first);
    await drop();
    expect([await kept(first), await catalogue.imports.find(first)]).toEqual([[0], before]);
  });

  it('are dropped by several processes at once', async () => {
    const other = await CatalogueFixture.open(catalogue.url);
    const [first, second, third] = [await imported(), await imported(), await listed()];
    await storeChunk(catalogue, third);
    const dropped = [catalogue, other].map(async (one) => {
      while (await one.imports.dropSuperseded(1));
    });
    await Promise.all(dropped);
    await drop();
    expect(await kept(first, second, third)).toEqual([0, 3, 3]);
    expect(await catalogue.imports.find(first)).toMatchObject({ total: 3, done: 2, failed: 1 });
    await other.close();
  });
});
