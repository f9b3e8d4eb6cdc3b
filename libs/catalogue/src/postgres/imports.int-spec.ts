import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { createTestDatabase } from '#libs/testing';
import type { ImportRequest, NewItem } from '../domain/import.js';
import { LOCKS } from './locks.js';
import { CatalogueFixture, arrival, file, newImage } from './testing/catalogue-fixture.js';
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
const names = (count: number) => Array.from({ length: count }, (_, at) => `${at}.jpg`);

const listed = (items: readonly NewItem[], request: Partial<ImportRequest> = {}) =>
  listedImport(catalogue, { root, ...request }, items);
const workThrough = (importId: number) => workThroughImport(catalogue, importId);

const beingListed = () => importBeingListed(catalogue, { root }, [item('a.jpg')]);

/** Begins to list an import that can be listed. */
async function begin(importId: number, by = catalogue): Promise<number> {
  const listing = await by.imports.beginListing(importId);
  if (listing === null) throw new Error('it is not being listed');
  return listing;
}

const error = { code: 'image_corrupt', detail: 'it is' } as const;

describe('imports', () => {
  it('finish with every item told', async () => {
    const bad = { code: 'import_file_unreadable', detail: 'no' } as const;
    const id = await listed([...names(5).map((name) => item(name)), item('bad.jpg', { error: bad })]);
    expect(await catalogue.imports.finishIfComplete(id)).toBe(false);
    await workThrough(id);
    const progress = await catalogue.imports.find(id);
    expect(progress).toMatchObject({ status: 'done', total: 6, done: 5, failed: 1, left: 0, outcomes: { added: 5 } });
    expect(progress?.rate).toBeGreaterThan(0);
    const failed = await catalogue.imports.items(id, { status: 'failed', limit: 10 });
    expect(failed.items).toMatchObject([{ path: `${root}/bad.jpg`, error: bad }]);
    const first = await catalogue.imports.items(id, { limit: 4 });
    const second = await catalogue.imports.items(id, { limit: 4, cursor: first.nextCursor ?? 0 });
    expect([first.items.length, second.items.length, second.nextCursor]).toEqual([4, 2, null]);
  });

  it('list a path once however often it is added', async () => {
    const { id } = await catalogue.imports.create({ root, reference: false, removeVanished: false });
    await catalogue.imports.addItems(id, [item('a.jpg'), item('b.jpg')]);
    await catalogue.imports.addItems(id, [item('b.jpg'), item('c.jpg')]);
    expect((await catalogue.imports.find(id))?.total).toBe(3);
  });

  it('list a file under each of its external ids, once however often it is added', async () => {
    const { id } = await catalogue.imports.create({ root, reference: false, removeVanished: false });
    const long = item('a.jpg', { path: `${root}/${'é'.repeat(990)}`, externalId: 'é'.repeat(500) });
    const rows = [item('a.jpg'), ...['1', '2'].map((externalId) => item('a.jpg', { externalId })), long];
    await catalogue.imports.addItems(id, [...rows, ...rows]);
    await catalogue.imports.addItems(id, rows);
    await catalogue.imports.finishListing(id, 0);
    const claimed = await catalogue.imports.claim(id, 10);
    expect(claimed.map((one) => one.externalId)).toEqual([undefined, '1', '2', long.externalId]);
  });

  it('hand an item to one process only', async () => {
    const other = await CatalogueFixture.open(catalogue.url);
    const id = await listed(names(40).map((name) => item(name)));
    const claims = await Promise.all(
      Array.from({ length: 10 }, (_, at) => (at % 2 ? other : catalogue).imports.claim(id, 4)),
    );
    const ids = claims.flat().map((one) => one.id);
    expect(ids.length).toBe(40);
    expect(new Set(ids).size).toBe(40);
    await other.close();
  });

  it('take up the items of a process that died at once, and of no living one', async () => {
    const dying = await CatalogueFixture.open(catalogue.url);
    const id = await listed(names(3).map((name) => item(name)));
    const held = await dying.imports.claim(id, 3);
    expect(held.length).toBe(3);
    expect(await catalogue.imports.claim(id, 3)).toEqual([]);
    await dying.session.close();
    await expect
      .poll(() => catalogue.imports.claim(id, 3))
      .toMatchObject(held.map((one) => ({ id: one.id, attempts: 2 })));
    const late = await dying.store(
      held.map((one) => arrival(one.path, file(one.path))),
      held.map((one) => one.id),
    );
    expect(late.map((result) => result.status)).toEqual(['passed-over', 'passed-over', 'passed-over']);
    expect(await catalogue.reader.findIdsByContent(held.map((one) => newImage(one.path).sha256))).toEqual(new Map());
    await dying.close();
  });

  it('give items back as if they had never been taken', async () => {
    const id = await listed([item('a.jpg')]);
    const [taken] = await catalogue.imports.claim(id, 1);
    await catalogue.imports.release([taken?.id ?? 0]);
    expect(await catalogue.imports.claim(id, 1)).toMatchObject([{ id: taken?.id, attempts: 1 }]);
  });

  it('are cancelled: what is in hand is finished, the rest is left', async () => {
    const id = await listed(names(4).map((name) => item(name)));
    const [finished, givenBack] = await catalogue.imports.claim(id, 2);
    await catalogue.imports.cancel(id);
    expect(await catalogue.imports.claim(id, 4)).toEqual([]);
    await catalogue.store([arrival('in hand', file(`${root}/0.jpg`))], [finished?.id ?? 0]);
    await catalogue.imports.release([givenBack?.id ?? 0]);
    expect(await catalogue.imports.find(id)).toMatchObject({ status: 'cancelled', done: 1, left: 0, total: 4 });
    expect(await catalogue.imports.retryFailed(id)).toBe(true);
    await workThrough(id);
    expect(await catalogue.imports.find(id)).toMatchObject({ status: 'done', done: 4, failed: 0 });
  });

  it('leave nothing waiting when they are cancelled while being listed', async () => {
    const { id } = await catalogue.imports.create({ root, reference: false, removeVanished: false });
    expect(await catalogue.imports.addItems(id, [item('a.jpg')])).toBe(true);
    await catalogue.imports.cancel(id);
    expect(await catalogue.imports.addItems(id, [item('b.jpg')])).toBe(false);
    await catalogue.imports.finishListing(id, 0);
    expect(await catalogue.imports.find(id)).toMatchObject({ status: 'cancelled', total: 1, left: 0 });
  });

  it('have every file where a second process begins to list because the first has lost its lock', async () => {
    const other = await CatalogueFixture.open(catalogue.url);
    const { id } = await catalogue.imports.create({ root, reference: false, removeVanished: false });
    const files = names(4).map((name) => item(name));
    const first = await catalogue.imports.workAlone(id, async () => {
      const listing = await begin(id);
      await catalogue.imports.addItems(id, files.slice(0, 3));
      await catalogue.database.query(
        `SELECT pg_terminate_backend(pid, 60000) FROM pg_locks
         WHERE locktype = 'advisory' AND classid = $1 AND objid = $2
           AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`,
        [LOCKS.importAlone, id],
      );
      const second = await other.imports.workAlone(id, async () => {
        const anew = await begin(id, other);
        await other.imports.addItems(id, files.slice(0, 1));
        await catalogue.imports.addItems(id, files.slice(3));
        expect(await catalogue.imports.finishListing(id, listing)).toBe(false);
        expect(await other.imports.addItems(id, files.slice(1))).toBe(true);
        return other.imports.finishListing(id, anew);
      });
      expect(second).toBe(true);
      return catalogue.imports.finishListing(id, listing);
    });
    expect(first).toBe(false);
    expect(await catalogue.imports.find(id)).toMatchObject({ status: 'running', total: 4, left: 4 });
    await other.close();
  });

  it('stay cancelled where the cancel commits just before the end of the listing', async () => {
    const [ending, adding] = [await beingListed(), await beingListed()];
    let meanwhile: Promise<unknown[]> = Promise.resolve([]);
    await catalogue.database.transaction(async (manager) => {
      await manager.query(`UPDATE import SET status = 'cancelled' WHERE id IN ($1, $2)`, [ending, adding]);
      meanwhile = Promise.all([
        catalogue.imports.finishListing(ending, 0),
        catalogue.imports.addItems(adding, [item('b.jpg')]),
      ]);
      await expect.poll(() => catalogue.waiting(), { timeout: 30_000 }).toBe(2);
    });
    expect(await meanwhile).toEqual([false, false]);
    expect(await catalogue.imports.find(ending)).toMatchObject({ status: 'cancelled' });
    expect(await catalogue.imports.find(adding)).toMatchObject({ status: 'cancelled', total: 1 });
  });

  it.each(['cancelled', 'failed'])(
    'that ended as %s while being listed are listed again by a retry',
    async (status) => {
      const id = await beingListed();
      await catalogue.imports.addItems(id, [item('bad.jpg', { error })]);
      await (status === 'failed' ? catalogue.imports.setFailed(id, error) : catalogue.imports.cancel(id));
      expect(await catalogue.imports.find(id)).toMatchObject({ status, total: 2 });
      expect(await catalogue.imports.beginListing(id)).toBeNull();
      expect(await catalogue.imports.retryFailed(id)).toBe(true);
      expect(await catalogue.imports.retryFailed(id)).toBe(false);
      expect(await catalogue.imports.find(id)).toMatchObject({ status: 'listing', error: null, finishedAt: null });
      expect(await catalogue.imports.claim(id, 10)).toEqual([]);
      expect((await catalogue.imports.unfinished()).map((one) => one.id)).toContain(id);
      const listing = await begin(id);
      await catalogue.imports.addItems(id, [item('a.jpg', { size: 11 }), item('bad.jpg'), item('c.jpg')]);
      await catalogue.imports.finishListing(id, listing);
      await workThrough(id);
      expect(await catalogue.imports.find(id)).toMatchObject({ status: 'done', total: 3, done: 3, failed: 0 });
      expect(await catalogue.imports.beginListing(id)).toBeNull();
    },
  );

  it('go on with their listing where they are cancelled and taken up again before it notices', async () => {
    const id = await beingListed();
    await catalogue.imports.addItems(id, [item('bad.jpg', { error })]);
    await catalogue.imports.cancel(id);
    await catalogue.imports.retryFailed(id);
    expect(await catalogue.imports.addItems(id, [item('b.jpg')])).toBe(true);
    await catalogue.imports.finishListing(id, 0);
    await workThrough(id);
    expect(await catalogue.imports.find(id)).toMatchObject({ status: 'done', total: 3, done: 2, failed: 1 });
  });

  it('take failed items up again, except rows that name no file', async () => {
    const row = { code: 'manifest_invalid', detail: 'line 3' } as const;
    const id = await listed([item('a.jpg'), item('m.csv:3', { error: row })]);
    const [claimed] = await catalogue.imports.claim(id, 1);
    await catalogue.imports.failItems([{ itemId: claimed?.id ?? 0, error }]);
    await catalogue.imports.finishIfComplete(id);
    expect(await catalogue.imports.find(id)).toMatchObject({ status: 'done', failed: 2 });
    expect(await catalogue.imports.retryFailed(id)).toBe(true);
    await workThrough(id);
    expect(await catalogue.imports.find(id)).toMatchObject({ status: 'done', done: 1, failed: 1 });
  });

  it('list again by a retry where a folder could not be read, and keep what is done', async () => {
    const folder = { code: 'import_folder_unreadable', detail: 'EACCES' } as const;
    const id = await listed([item('a.jpg'), item('bad.jpg', { error }), item('locked', { error: folder })]);
    await workThrough(id);
    expect(await catalogue.imports.find(id)).toMatchObject({ status: 'done', done: 1, failed: 2 });
    expect(await catalogue.imports.retryFailed(id)).toBe(true);
    expect(await catalogue.imports.find(id)).toMatchObject({ status: 'listing', finishedAt: null });
    const listing = await begin(id);
    await catalogue.imports.addItems(id, [item('a.jpg'), item('bad.jpg'), item('locked/b.jpg')]);
    // Cancelled before its end: the listing is not complete, whatever it was before.
    await catalogue.imports.cancel(id);
    expect(await catalogue.imports.retryFailed(id)).toBe(true);
    expect(await catalogue.imports.find(id)).toMatchObject({ status: 'listing' });
    await catalogue.imports.finishListing(id, listing);
    await workThrough(id);
    expect(await catalogue.imports.find(id)).toMatchObject({ status: 'done', total: 3, done: 3, failed: 0 });
  });

  it('settle files that are known with the same size and time', async () => {
    const files = [item('same.jpg'), item('touched.jpg')];
    await workThrough(await listed(files));
    const again = await listed([files[0] as NewItem, item('touched.jpg', { modifiedMs: 2000 })]);
    expect(await catalogue.imports.find(again)).toMatchObject({ outcomes: { unchanged: 1 }, left: 1 });
    const withCollection = await listed(files, { collection: 'new one' });
    expect(await catalogue.imports.find(withCollection)).toMatchObject({ outcomes: { unchanged: 0 }, left: 2 });
    const withMetadata = await listed([{ ...(files[0] as NewItem), metadata: { a: 1 } }]);
    expect(await catalogue.imports.find(withMetadata)).toMatchObject({ outcomes: { unchanged: 0 } });
  });

  it('remove images whose file has vanished, and only those', async () => {
    const files = ['a.jpg', 'b.jpg', 'locked/c.jpg', 'open/.hidden/e.jpg', 'open/d.jpg'];
    await workThrough(await listed(files.map((name) => item(name))));
    await catalogue.storeOne(arrival(`content of ${root}/b.jpg`)); // posted as well
    await catalogue.storeOne(arrival('a neighbour', file(`${root}-2/a.jpg`)));
    const { id } = await catalogue.imports.create({ root, reference: false, removeVanished: true });
    const locked = { code: 'import_folder_unreadable', detail: 'EACCES' } as const;
    await catalogue.imports.addItems(id, [item('a.jpg'), item('locked', { error: locked })]);
    await catalogue.imports.settleUnchanged(id);
    const unlisted = [`${root}/b.jpg`, `${root}/open/.hidden/e.jpg`, `${root}/open/d.jpg`];
    const first = await catalogue.imports.unlisted(id, '', 2);
    const rest = await catalogue.imports.unlisted(id, first.at(-1) ?? '', 2);
    expect([first.length, new Set([...first, ...rest])]).toEqual([2, new Set(unlisted)]);
    const vanished = [`${root}/b.jpg`, `${root}/open/d.jpg`];
    expect(await catalogue.imports.removeVanished(id, vanished)).toBe(false); // it is still being listed
    await catalogue.imports.finishListing(id, 0);
    expect(await catalogue.imports.removeVanished(id, vanished)).toBe(true);
    await workThrough(id);
    const outcomes = (await catalogue.imports.items(id, { limit: 10 })).items.map((one) => [one.path, one.outcome]);
    expect(new Map(outcomes as [string, string][])).toEqual(
      new Map([
        [`${root}/a.jpg`, 'unchanged'],
        [`${root}/locked`, null],
        [`${root}/b.jpg`, 'removed'],
        [`${root}/open/d.jpg`, 'removed'],
      ]),
    );
    const contents = [...files.map((name) => `content of ${root}/${name}`), 'a neighbour'];
    const found = await catalogue.reader.findIdsByContent(contents.map((content) => newImage(content).sha256));
    expect(contents.filter((content) => !found.has(newImage(content).sha256))).toEqual([
      `content of ${root}/open/d.jpg`,
    ]);
  });

  it('remove nothing once they are cancelled', async () => {
    await workThrough(await listed([item('a.jpg')]));
    const id = await listed([], { removeVanished: true });
    expect(await catalogue.imports.unlisted(id, '', 10)).toEqual([`${root}/a.jpg`]);
    await catalogue.imports.cancel(id);
    expect(await catalogue.imports.removeVanished(id, [`${root}/a.jpg`])).toBe(false);
    expect(await catalogue.reader.findIdsByContent([newImage(`content of ${root}/a.jpg`).sha256])).not.toEqual(
      new Map(),
    );
  });

  it('that were cancelled before they removed what has vanished are taken up by a retry', async () => {
    const retried = async (removeVanished: boolean) => {
      const id = await listed([], { removeVanished });
      await catalogue.imports.cancel(id);
      const again = await catalogue.imports.retryFailed(id);
      return [again, (await catalogue.imports.find(id))?.status];
    };
    expect(await retried(true)).toEqual([true, 'running']);
    expect(await retried(false)).toEqual([false, 'cancelled']);
  });

  it('are left by nobody while one process works on them alone', async () => {
    const ids = [await beingListed(), await listed([], { removeVanished: true })];
    const unattended = async () => (await catalogue.imports.unattended()).filter((id) => ids.includes(id));
    expect(await unattended()).toEqual(ids);
    for (const id of ids) {
      const work = vi.fn(async () => {
        expect(await unattended()).not.toContain(id);
        expect(await catalogue.imports.workAlone(id, () => Promise.resolve(true))).toBe(false);
        return true;
      });
      expect(await catalogue.imports.workAlone(id, work)).toBe(true);
      expect(work).toHaveBeenCalledOnce();
    }
    expect(await unattended()).toEqual(ids);
  });

  it('count a file as failed until a later import takes it in', async () => {
    const before = await catalogue.imports.failedCount();
    await listed([item('late.jpg', { error })]);
    expect(await catalogue.imports.failedCount()).toBe(before + 1);
    await workThrough(await listed([item('late.jpg')]));
    expect(await catalogue.imports.failedCount()).toBe(before);
  });

  it('count a file as failed although the same import takes it in under another external id', async () => {
    const before = await catalogue.imports.failedCount();
    await workThrough(await listed([item('a.jpg', { externalId: '1', error }), item('a.jpg', { externalId: '2' })]));
    expect(await catalogue.imports.failedCount()).toBe(before + 1);
  });

  it('count a bad row of a manifest as failed until the manifest is imported again', async () => {
    const before = await catalogue.imports.failedCount();
    const invalid = { code: 'manifest_invalid', detail: 'The row has no path.' } as const;
    await listed([item('list.csv:3', { error: invalid })]);
    expect(await catalogue.imports.failedCount()).toBe(before + 1);
    await listed([item('list.csv:3', { error: invalid }), item('list.csv:4', { error: invalid })]);
    expect(await catalogue.imports.failedCount()).toBe(before + 2);
    await workThrough(await listed([item('mended.jpg')]));
    expect(await catalogue.imports.failedCount()).toBe(before);
  });

  it('count a folder that could not be read as failed until the import is made again', async () => {
    const before = await catalogue.imports.failedCount();
    await listed([item('locked', { error: { code: 'import_folder_unreadable', detail: 'EACCES' } })]);
    expect(await catalogue.imports.failedCount()).toBe(before + 1);
    await listed([item('locked/a.jpg')]);
    expect(await catalogue.imports.failedCount()).toBe(before);
  });

  it('fail with their reason, but not once cancelled', async () => {
    const { id } = await catalogue.imports.create({ root, reference: false, removeVanished: false });
    expect((await catalogue.imports.unfinished()).map((one) => one.id)).toContain(id);
    await catalogue.imports.setFailed(id, { code: 'import_source_unreadable', detail: 'gone' });
    expect(await catalogue.imports.find(id)).toMatchObject({ status: 'failed', error: { detail: 'gone' } });
    expect((await catalogue.imports.unfinished()).map((one) => one.id)).not.toContain(id);
    expect(await catalogue.imports.find(999_999)).toBeNull();
  });
});
