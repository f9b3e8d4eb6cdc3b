import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { createTestDatabase } from '#libs/testing';
import type { ImportProgress, NewItem } from '../domain/import.js';
import { CatalogueFixture } from './testing/catalogue-fixture.js';
import { fileItem, importBeingListed, listedImport, workThroughImport } from './testing/listed-import.js';

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

const item = (name: string, more: Partial<NewItem> = {}) => fileItem(root, name, more);
const listed = (items: readonly NewItem[]) => listedImport(catalogue, { root }, items);
const workThrough = (importId: number) => workThroughImport(catalogue, importId);

const beingListed = (items: readonly NewItem[], of = root) => importBeingListed(catalogue, { root: of }, items);

const error = { code: 'image_corrupt', detail: 'it is' } as const;

describe('imports', () => {
  it('are counted in as many statements, however many they are', async () => {
    const bad = { code: 'import_file_unreadable', detail: 'no' } as const;
    const finished = await listed([item('a.jpg'), item('b.jpg'), item('bad.jpg', { error: bad })]);
    await workThrough(finished);
    const again = await listed([item('a.jpg')]);
    await workThrough(again);
    const running = await listed([item('c.jpg'), item('d.jpg'), item('e.jpg')]);
    const [claimed] = await catalogue.imports.claim(running, 1);
    await catalogue.imports.failItems([{ itemId: claimed?.id ?? 0, error }]);
    const empty = await beingListed([]);
    const ids = [empty, running, again, finished];
    const alone = await Promise.all(ids.map((id) => catalogue.imports.find(id)));

    const query = vi.spyOn(catalogue.database, 'query');
    const together = await catalogue.imports.list(4);
    expect(query.mock.calls).toHaveLength(2);
    query.mockRestore();
    const steady = (one: ImportProgress | null | undefined) => ({ ...one, rate: null, etaSeconds: null });
    expect(together.map(steady)).toEqual(alone.map(steady));
    expect(together).toMatchObject([
      { id: empty, status: 'listing', total: 0, left: 0, rate: null },
      { id: running, status: 'running', total: 3, failed: 1, left: 2 },
      { id: again, status: 'done', total: 1, outcomes: { added: 0, unchanged: 1 }, rate: null },
      { id: finished, status: 'done', total: 3, failed: 1, left: 0, outcomes: { added: 2 } },
    ]);
    expect(together[1]?.etaSeconds).toBeGreaterThan(0);
    expect(together[3]?.rate).toBe(alone[3]?.rate);
    expect(together[3]?.rate).toBeGreaterThan(0);
  });

  it('are listed of one folder, the newest first', async () => {
    const older = await beingListed([item('a.jpg')]);
    const newer = await listed([item('b.jpg')]);
    const elsewhere = await beingListed([], `${root}/below`);
    const idsOf = async (limit: number, of?: string) => (await catalogue.imports.list(limit, of)).map((one) => one.id);
    expect(await idsOf(10, root)).toEqual([newer, older]);
    expect(await idsOf(1, root)).toEqual([newer]);
    expect(await idsOf(2)).toEqual([elsewhere, newer]);
    expect(await idsOf(10, `${root}/`)).toEqual([]);
  });

  it('are asked for what is left of the unfinished ones alone', async () => {
    const before = await catalogue.imports.leftCount();
    await workThrough(await listed([item('a.jpg')]));
    const running = await listed([item('a.jpg', { modifiedMs: 2 }), item('b.jpg'), item('bad.jpg', { error })]);
    await beingListed([item('a.jpg')]);
    await catalogue.imports.claim(running, 1);
    expect(await catalogue.imports.leftCount()).toBe(before + 3);
    await catalogue.imports.cancel(running); // one is still in hand
    expect(await catalogue.imports.leftCount()).toBe(before + 1);
  });
});
