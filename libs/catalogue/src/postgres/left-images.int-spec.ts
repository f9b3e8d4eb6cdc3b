import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createTestDatabase } from '#libs/testing';
import type { ImportRequest, NewItem } from '../domain/import.js';
import { CatalogueFixture, arrival, external, file, hashOf, newImage } from './testing/catalogue-fixture.js';
import { endImport, fileItem, listedImport, storeChunk, workThroughImport } from './testing/listed-import.js';

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

/** What the files of the folder hold, by name. */
type Files = Record<string, string>;
/** Names are told apart by folder, so that no test knows the contents of another. */
const content = (name: string) => `${name} in ${root}`;
const size = (name: string) => content(name).length;
const error = { code: 'import_file_unreadable', detail: 'EACCES' } as const;

let listings = 0;

/** An import of the folder as it is now, listed in this order; every file has another time than before. */
function listed(files: Files, more: Partial<ImportRequest> = {}, others: readonly NewItem[] = []): Promise<number> {
  const modifiedMs = ++listings;
  const items = Object.entries(files).map(([name, holds]) => fileItem(root, name, { size: size(holds), modifiedMs }));
  return listedImport(catalogue, { root, ...more }, [...items, ...others]);
}

const contentOf = (files: Files) => (path: string) => content(files[path.slice(root.length + 1)] ?? '');

async function imported(files: Files, chunk = 1): Promise<number> {
  const id = await listed(files);
  await workThroughImport(catalogue, id, { chunk, contentOf: contentOf(files) });
  return id;
}

/** Ids of the images that are there of these contents. */
async function idsOf(...names: string[]): Promise<Record<string, number | undefined>> {
  const found = await catalogue.reader.findIdsByContent(names.map((name) => hashOf(content(name))));
  return Object.fromEntries(names.map((name) => [name, found.get(hashOf(content(name)))]));
}

/** Names of the files that images came from. */
async function filesOf(...names: string[]): Promise<Record<string, string[]>> {
  const entries = Object.entries(await idsOf(...names)).map(async ([name, id]) => {
    const record = id === undefined ? null : await catalogue.reader.findById(id);
    return [name, (record?.sources ?? []).map(({ key }) => key.slice(root.length + 1)).sort()] as const;
  });
  return Object.fromEntries(await Promise.all(entries));
}

const before: Files = { a: 'X', b: 'Y', c: 'Z' };
const gone = { X: undefined, Y: undefined, Z: undefined };

describe('an import of files that changed names with each other', () => {
  it.each<[string, Files]>([
    ['two that swapped', { a: 'Y', b: 'X', c: 'Z' }],
    ['two that swapped, listed the other way', { c: 'Z', b: 'X', a: 'Y' }],
    ['a ring', { a: 'Z', b: 'X', c: 'Y' }],
    ['a ring, listed the other way', { c: 'Y', b: 'X', a: 'Z' }],
    ['a chain', { b: 'X', c: 'Y', d: 'Z' }],
    ['a chain, listed the other way', { d: 'Z', c: 'Y', b: 'X' }],
    ['a chain into which something new moved', { a: 'new', b: 'X', c: 'Y', d: 'Z' }],
    ['copies beside a ring', { a: 'Y', aa: 'Y', b: 'Z', bb: 'Z', c: 'X' }],
  ])('keeps every image, batch by batch: %s', async (_, after) => {
    for (const chunk of [1, 2, 5]) {
      root = `/folder-${++folders}`;
      await imported(before);
      const ids = await idsOf('X', 'Y', 'Z');
      const id = await imported(after, chunk);
      expect(await catalogue.imports.find(id)).toMatchObject({ status: 'done', failed: 0 });
      expect(await idsOf('X', 'Y', 'Z')).toEqual(ids);
      const sources = await filesOf('X', 'Y', 'Z');
      for (const [name, holds] of Object.entries(after)) if (holds !== 'new') expect(sources[holds]).toContain(name);
    }
  });

  it('keeps what a wave of a batch leaves and a later one finds again', async () => {
    await imported({ a: 'X' });
    const ids = await idsOf('X');
    const batch = ['a', 'b', 'c'].map((name) => arrival(content('new'), file(`${root}/${name}`)));
    await catalogue.store([...batch, arrival(content('X'), file(`${root}/c`))]);
    expect([await idsOf('X'), await filesOf('X', 'new')]).toEqual([ids, { X: ['c'], new: ['a', 'b'] }]);
  });

  it('refers to the file that holds the content now', async () => {
    const reference = async (files: Files) => {
      const id = await listed(files, { reference: true });
      for (let [one] = await catalogue.imports.claim(id, 1); one; [one] = await catalogue.imports.claim(id, 1)) {
        const image = newImage(contentOf(files)(one.path), { referencePath: one.path });
        await catalogue.store([{ image, source: file(one.path) }], [one.id]);
      }
      await endImport(catalogue, id);
    };
    await reference({ a: 'X', b: 'Y' });
    const { X = 0, Y = 0 } = await idsOf('X', 'Y');
    await reference({ a: 'Y', b: 'X' });
    expect(await catalogue.reader.findById(X)).toMatchObject({ referencePath: `${root}/b`, sources: [{}] });
    expect(await catalogue.reader.findById(Y)).toMatchObject({ referencePath: `${root}/a`, sources: [{}] });
  });
});

describe('an image that a source has left in an import', () => {
  it('is deleted once every item is settled, and not before', async () => {
    await imported(before);
    const ids = await idsOf('X', 'Y', 'Z');
    const id = await listed({ a: 'new', b: 'other', c: 'Z' });
    await storeChunk(catalogue, id, { chunk: 2, contentOf: contentOf({ a: 'new', b: 'other' }) });
    expect(await catalogue.imports.settleLeft(id, 0, 10)).toBeNull();
    expect(await idsOf('X', 'Y', 'Z')).toEqual(ids);
    await workThroughImport(catalogue, id, { contentOf: contentOf({ c: 'Z' }) });
    expect(await idsOf('X', 'Y', 'Z')).toEqual({ ...gone, Z: ids.Z });
    expect(await catalogue.imports.settleLeft(id, 0, 10)).toBeNull(); // it has ended
    expect(await catalogue.database.query('SELECT * FROM left_image')).toEqual([]);
  });

  it('is kept while another import waits for it, whatever else it loses', async () => {
    await imported({ a: 'X' });
    const ids = await idsOf('X');
    const id = await listed({ a: 'new', b: 'X' });
    await storeChunk(catalogue, id, { chunk: 1, contentOf: contentOf({ a: 'new' }) });
    await catalogue.storeOne(arrival(content('X'), external(root)));
    await catalogue.storeOne(arrival(content('posted'), external(root)));
    expect(await idsOf('X')).toEqual(ids);
    await workThroughImport(catalogue, id, { contentOf: contentOf({ b: 'X' }) });
    expect([await idsOf('X'), await filesOf('X')]).toEqual([ids, { X: ['b'] }]);
  });

  it('is kept where a file of its size could not be taken in, until a retry takes that in', async () => {
    await imported(before);
    const ids = await idsOf('X', 'Y', 'Z');
    const unreadable = fileItem(root, 'd', { size: size('Y'), modifiedMs: 1, error });
    const id = await listed({ a: 'larger than the others', b: 'X', c: 'Z' }, {}, [unreadable]);
    const after = contentOf({ a: 'larger than the others', b: 'X', c: 'Z', d: 'Y' });
    await workThroughImport(catalogue, id, { contentOf: after });
    expect(await catalogue.imports.find(id)).toMatchObject({ status: 'done', failed: 1 });
    expect([await idsOf('X', 'Y', 'Z'), await filesOf('Y')]).toEqual([ids, { Y: [] }]);
    await catalogue.imports.retryFailed(id);
    await workThroughImport(catalogue, id, { contentOf: after });
    expect([await idsOf('X', 'Y', 'Z'), await filesOf('Y')]).toEqual([ids, { Y: ['d'] }]);
  });

  it('waits for no file of another size', async () => {
    await imported(before);
    const unreadable = fileItem(root, 'd', { size: size('Y') + 1, modifiedMs: 1, error });
    const id = await listed({ a: 'new', b: 'other', c: 'third' }, {}, [unreadable]);
    await workThroughImport(catalogue, id, { contentOf: contentOf({ a: 'new', b: 'other', c: 'third' }) });
    expect(await idsOf('X', 'Y', 'Z')).toEqual(gone);
  });

  it.each([true, false])('outlives a cancel until the folder is imported again (it is there: %s)', async (there) => {
    await imported(before);
    const ids = await idsOf('X', 'Y', 'Z');
    const cut = await listed({ a: 'new', b: 'Y', c: 'Z', d: 'X' });
    await storeChunk(catalogue, cut, { chunk: 1, contentOf: contentOf({ a: 'new' }) });
    await catalogue.imports.cancel(cut);
    const other = await listedImport(catalogue, { root: `${root}/below` }, []);
    await endImport(catalogue, other);
    await imported({ a: 'new', b: 'Y', c: 'Z', ...(there && { d: 'X' }) });
    expect(await idsOf('X', 'Y', 'Z')).toEqual({ ...ids, X: there ? ids.X : undefined });
  });

  it('is deleted like any other once it has had another source since a cancel', async () => {
    await imported({ a: 'X' });
    const cut = await listed({ a: 'new', b: 'Y' });
    await storeChunk(catalogue, cut, { chunk: 1, contentOf: contentOf({ a: 'new' }) });
    await catalogue.imports.cancel(cut);
    const elsewhere = (name: string) => catalogue.storeOne(arrival(content(name), external(root)));
    await elsewhere('X');
    await elsewhere('posted');
    expect(await idsOf('X')).toEqual({ X: undefined });
  });

  it('is there for a retry after a cancel', async () => {
    await imported(before);
    const ids = await idsOf('X', 'Y', 'Z');
    const after = { a: 'Z', b: 'X', c: 'Y' };
    const id = await listed(after);
    await storeChunk(catalogue, id, { chunk: 1, contentOf: contentOf(after) });
    await catalogue.imports.cancel(id);
    await catalogue.imports.retryFailed(id);
    await workThroughImport(catalogue, id, { chunk: 1, contentOf: contentOf(after) });
    expect([await idsOf('X', 'Y', 'Z'), await filesOf('X', 'Y', 'Z')]).toEqual([ids, { X: ['b'], Y: ['c'], Z: ['a'] }]);
  });

  it('is there for the process that takes over from one that died', async () => {
    await imported(before);
    const ids = await idsOf('X', 'Y', 'Z');
    const after = { a: 'Z', b: 'X', c: 'Y' };
    const id = await listed(after);
    const dying = await CatalogueFixture.open(catalogue.url);
    await storeChunk(dying, id, { chunk: 1, contentOf: contentOf(after) });
    await dying.imports.claim(id, 1);
    await dying.close();
    await workThroughImport(catalogue, id, { chunk: 1, contentOf: contentOf(after) });
    expect([await idsOf('X', 'Y', 'Z'), await filesOf('X', 'Y', 'Z')]).toEqual([ids, { X: ['b'], Y: ['c'], Z: ['a'] }]);
  });
});
