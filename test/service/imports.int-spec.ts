import { appendFile, copyFile, mkdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { Imports } from '#libs/catalogue';
import { DomainError } from '#libs/errors';
import { ImageFiles, ImageLibrary, ImportImages, ImportRunner, ListImages } from '#libs/search';
import { orientedJpeg } from '#libs/testing';
import { ServiceFixture } from './service-fixture.js';

let service: ServiceFixture;
beforeAll(async () => {
  service = await ServiceFixture.create();
  await service.start();
});
afterAll(() => service.drop());

/** A picture whose content is like no other's. */
async function picture(...where: string[]): Promise<string> {
  const file = path.join(service.folder, ...where);
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, Buffer.concat([await orientedJpeg(1), Buffer.from(file)]));
  return file;
}

/** Paths of the images that are in the catalogue and came from below the folder. */
async function known(folder: string): Promise<string[]> {
  const { images } = await service.get(ListImages).list({ limit: 100 });
  const keys = images.flatMap(({ sources }) => sources.map(({ key }) => path.relative(folder, key)));
  return keys.filter((key) => !key.startsWith('..')).sort();
}

describe('an import that removes what has vanished', () => {
  it('keeps images whose files are there but are not listed', async () => {
    const folder = path.join(service.folder, 'pictures');
    const gone = await picture('pictures', 'gone.jpg');
    const replaced = await picture('pictures', 'folder', 'below.jpg');
    await picture('pictures', 'there.jpg');
    await picture('pictures', '.private', 'hidden.jpg');
    await picture('pictures', '.private', 'gone.jpg');
    await picture('elsewhere', 'linked.jpg');
    await symlink(path.join(service.folder, 'elsewhere'), path.join(folder, 'link'));
    for (const root of [folder, path.join(folder, '.private'), path.join(folder, 'link')])
      expect(await service.import({ path: root })).toMatchObject({ status: 'done', failed: 0 });
    expect(await known(folder)).toHaveLength(6);
    for (const file of [gone, path.join(folder, '.private', 'gone.jpg'), path.dirname(replaced)])
      await rm(file, { recursive: true });
    await writeFile(path.dirname(replaced), 'a file in the place of a folder');
    const again = await service.import({ path: folder, removeVanished: true });
    expect(again).toMatchObject({ status: 'done', outcomes: { removed: 3 } });
    expect(await known(folder)).toEqual(['.private/hidden.jpg', 'link/linked.jpg', 'there.jpg']);
  });

  it('keeps images of folders that are empty now, as where a disk is not mounted, until a retry finds files', async () => {
    const folder = path.join(service.folder, 'share');
    const below = (...names: string[]) => path.join(folder, ...names);
    await picture('share', 'a.jpg');
    for (const name of ['b.jpg', 'c.jpg']) await picture('share', 'emptied', name);
    for (const name of ['deleted', 'hidden', 'link']) await picture('share', name, 'd.jpg');
    await picture('share', 'nested', 'inner', 'e.jpg');
    const kept = ['emptied/b.jpg', 'emptied/c.jpg', 'hidden/d.jpg', 'link/d.jpg', 'nested/inner/e.jpg'];
    await service.import({ path: folder });
    expect(await known(folder)).toEqual(['a.jpg', 'deleted/d.jpg', ...kept]);
    /** Imports again, and says which folders failed. */
    const again = async () => {
      const { items, ...progress } = await service.import({ path: folder, removeVanished: true });
      const failed = items.filter((item) => item.status === 'failed');
      return {
        ...progress,
        folders: failed.map((item) => [path.relative(folder, item.path), item.error?.code]).sort(),
      };
    };
    const fail = (...names: string[]) => names.map((name) => [name, expect.stringContaining('import_f')]);

    for (const name of ['emptied', 'hidden', 'nested/inner', 'deleted', 'link'])
      await rm(below(name), { recursive: true });
    for (const name of ['emptied', 'hidden/lost+found']) await mkdir(below(name), { recursive: true });
    await writeFile(below('hidden', '.keep'), '');
    await symlink(path.join(service.folder, 'not-mounted'), below('link'));
    expect(await again()).toMatchObject({
      status: 'done',
      outcomes: { removed: 1, unchanged: 1 },
      folders: fail('emptied', 'hidden', 'link', 'nested'),
    });
    expect(await known(folder)).toEqual(['a.jpg', ...kept]);

    for (const name of ['a.jpg', 'emptied', 'hidden', 'nested', 'link']) await rm(below(name), { recursive: true });
    const unmounted = await again();
    expect(unmounted).toMatchObject({ status: 'done', outcomes: { removed: 0 }, folders: fail('') });
    expect(await known(folder)).toEqual(['a.jpg', ...kept]);

    await picture('share', 'a.jpg');
    await picture('share', 'emptied', 'b.jpg');
    expect(await retry(unmounted.id)).toMatchObject({ status: 'done', failed: 0, outcomes: { removed: 4 } });
    expect(await known(folder)).toEqual(['a.jpg', 'emptied/b.jpg']);
  });

  it('removes nothing by a listing of former times where single files are tried again', async () => {
    const folder = path.join(service.folder, 'inbox');
    await picture('inbox', 'there.jpg');
    await writeFile(path.join(folder, 'bad.jpg'), 'no picture');
    const first = await service.import({ path: folder, removeVanished: true });
    expect(first).toMatchObject({ status: 'done', failed: 1 });
    const later = await picture('inbox', 'later.jpg');
    await service.import({ path: folder, collection: 'inbox' }); // else it would take the place of the first
    await rm(later);
    expect(await retry(first.id)).toMatchObject({ status: 'done', failed: 1, outcomes: { removed: 0 } });
    expect(await known(folder)).toEqual(['later.jpg', 'there.jpg']);
  });

  it('takes in what it had found gone, where a retry that lists again finds it back', async () => {
    const folder = path.join(service.folder, 'two-disks');
    const [emptied, gone] = [await picture('two-disks', 'a', 'a.jpg'), await picture('two-disks', 'b', 'b.jpg')];
    await picture('two-disks', 'there.jpg');
    await service.import({ path: folder });
    await rm(emptied);
    await rm(path.dirname(gone), { recursive: true });
    const first = await service.import({ path: folder, removeVanished: true });
    expect(first).toMatchObject({ failed: 1, outcomes: { removed: 1 } });
    for (const name of ['a', 'b']) await picture('two-disks', name, `${name}.jpg`);
    expect(await retry(first.id)).toMatchObject({ status: 'done', failed: 0, outcomes: { removed: 0 } });
    expect(await known(folder)).toEqual(['a/a.jpg', 'b/b.jpg', 'there.jpg']);
  });

  it.each([false, true])('keeps the image of a file that was moved (left in place: %s)', async (reference) => {
    const folder = path.join(service.folder, reference ? 'renamed' : 'moved');
    const before = await picture(path.basename(folder), 'before.jpg');
    const beside = await picture(path.basename(folder), 'beside.jpg');
    const after = path.join(folder, 'below', 'after.jpg');
    await service.import({ path: folder, reference });
    const imageOf = async (file: string) => {
      const { images } = await service.get(ListImages).list({ limit: 100 });
      return images.find(({ sources }) => sources.some(({ key }) => key === file));
    };
    const id = (await imageOf(before))?.id ?? 0;
    await service.get(ImageLibrary).update(id, { metadata: { title: 'kept' } });
    await mkdir(path.dirname(after));
    await rename(before, after);
    const again = await service.import({ path: folder, reference, removeVanished: true });
    expect(again).toMatchObject({
      status: 'done',
      total: 3,
      failed: 0,
      outcomes: { added: 0, existing: 1, unchanged: 1, removed: 1 },
    });
    expect(await imageOf(after)).toMatchObject({
      id,
      metadata: { title: 'kept' },
      sources: [{ kind: 'file', key: after }],
      referencePath: reference ? after : null,
    });
    expect(await imageOf(beside)).toBeDefined();
    expect(await known(folder)).toEqual(['below/after.jpg', 'beside.jpg']);
  });

  it('removes after a stop what it had not come to, and nothing once it is cancelled, until a retry', async () => {
    const folder = path.join(service.folder, 'cut-off');
    for (const name of ['a.jpg', 'b.jpg', 'c.jpg']) await picture('cut-off', name);
    await service.import({ path: folder });
    /** Imports again without a file, and stops just before it would be removed; `meanwhile` comes before the next start. */
    const cutOff = async (name: string, meanwhile: (id: number) => Promise<unknown> = () => Promise.resolve()) => {
      await rm(path.join(folder, name));
      const removing = vi.spyOn(service.get(Imports), 'unlisted').mockRejectedValue(new Error('killed'));
      const { id } = await service.get(ImportImages).start({ path: folder, removeVanished: true });
      await expect.poll(() => removing.mock.calls.length, { timeout: 30_000 }).toBeGreaterThan(0);
      expect(await service.get(ImportImages).get(id)).toMatchObject({ status: 'running', left: 0 });
      await meanwhile(id);
      await service.start();
      let progress = await service.get(ImportImages).get(id);
      for await (const step of service.get(ImportImages).watch(id)) progress = step;
      return progress;
    };
    expect(await cutOff('a.jpg')).toMatchObject({ status: 'done', outcomes: { removed: 1, unchanged: 2 } });
    expect(await known(folder)).toEqual(['b.jpg', 'c.jpg']);
    const { id, ...ended } = await cutOff('b.jpg', (started) => service.get(ImportImages).cancel(started));
    expect(ended).toMatchObject({ status: 'cancelled', outcomes: { removed: 0 } });
    expect(await known(folder)).toEqual(['b.jpg', 'c.jpg']);
    expect(await retry(id)).toMatchObject({ status: 'done', outcomes: { removed: 1, unchanged: 1 } });
    expect(await known(folder)).toEqual(['c.jpg']);
  });
});

describe('an image that is left in place', () => {
  it('is read from another of its files where the first cannot be read or has changed', async () => {
    const first = await picture('left-in-place', 'first.jpg');
    const content = await readFile(first);
    const folder = path.dirname(first);
    const second = path.join(folder, 'second.jpg');
    await service.import({ path: folder, reference: true });
    await copyFile(first, second);
    await service.import({ path: folder, reference: true });
    const { images } = await service.get(ListImages).list({ limit: 100 });
    const id = images.find(({ sources }) => sources.some(({ key }) => key === second))?.id ?? 0;
    const original = async () => (await service.get(ImageFiles).original(id)).data;
    expect(images.find((one) => one.id === id)).toMatchObject({ referencePath: first });
    await appendFile(first, 'changed');
    expect(await original()).toEqual(content);
    await rm(first);
    expect(await original()).toEqual(content);
    await rm(second);
    const code = await original().catch((error: unknown) => DomainError.from(error).code);
    expect(code).toBe('original_missing');
  });
});

describe('an import that comes to its end', () => {
  it('is in the hands of the process that decides on the images it has left', async () => {
    const file = await picture('settled', 'a.jpg');
    const imports = service.get(Imports);
    const unattended: number[] = [];
    const settleLeft = imports.settleLeft.bind(imports);
    const settling = vi.spyOn(imports, 'settleLeft').mockImplementation(async (...which) => {
      unattended.push(...(await imports.unattended()));
      return settleLeft(...which);
    });
    const { id, status } = await service.import({ path: path.dirname(file) });
    expect(status).toBe('done');
    expect(settling).toHaveBeenCalled();
    expect(unattended).not.toContain(id);
    settling.mockRestore();
  });
});

describe('an import of which the folder was imported again', () => {
  it('tells its counts alone, and sends who retries it to the later one', async () => {
    const folder = path.dirname(await picture('nightly', 'a.jpg'));
    await writeFile(path.join(folder, 'bad.jpg'), 'no picture');
    const { items, ...first } = await service.import({ path: folder });
    const second = await service.import({ path: folder });
    service.get(ImportRunner).tidySoon();
    const kept = () => service.query('SELECT id FROM import_item WHERE import_id = $1', [first.id]);
    await expect.poll(kept, { timeout: 30_000 }).toEqual([]);
    expect(items).toHaveLength(2);
    expect(await service.get(ImportImages).get(first.id)).toEqual(first);
    expect(await service.get(ImportImages).items(first.id, {})).toEqual({ items: [], nextCursor: null });
    const conflict = { code: 'import_state_conflict', message: expect.stringContaining('the later import') as string };
    await expect(service.get(ImportImages).retry(first.id)).rejects.toMatchObject(conflict);
    expect(await retry(second.id)).toMatchObject({ status: 'done', failed: 1, outcomes: { unchanged: 1 } });
  });
});

describe('an import of a folder that the data folder lies in', () => {
  it('takes in none of the files of the service', async () => {
    const around = await picture('around.jpg');
    const first = await service.import({ path: service.folder });
    const paths = first.items.map((item) => item.path);
    expect(paths).toContain(around);
    expect(paths.filter((file) => file.startsWith(service.dataDir + path.sep))).toEqual([]);
    const again = await service.import({ path: service.folder });
    expect(again).toMatchObject({ status: 'done', total: first.total, outcomes: { added: 0, existing: 0 } });
    const own = await service.import({ path: path.join(service.dataDir, 'thumbnails') });
    expect(own).toMatchObject({ status: 'failed', total: 0, error: { code: 'import_source_unreadable' } });
  });
});

/** The import after a retry. */
async function retry(id: number) {
  const imports = service.get(ImportImages);
  let progress = await imports.retry(id);
  for await (const step of imports.watch(id)) progress = step;
  return progress;
}

describe('a moment without the database', () => {
  it('does not end the watching of an import', async () => {
    await picture('outage', 'a.jpg');
    const { id } = await service.import({ path: path.join(service.folder, 'outage') });
    const gone = new DomainError('database_unavailable');
    vi.spyOn(service.get(Imports), 'find').mockRejectedValueOnce(gone).mockRejectedValueOnce(gone);
    const steps = [];
    for await (const step of service.get(ImportImages).watch(id)) steps.push(step);
    expect(steps).toMatchObject([{ status: 'done', failed: 0, outcomes: { added: 1 } }]);
  });
});

describe('a folder that could not be read whole', () => {
  it('is listed again by a retry', async () => {
    const deep = Array.from({ length: 11 }, () => 'x'.repeat(190));
    await picture('long', 'a.jpg');
    await picture('long', ...deep, 'b.jpg');
    const { id, items, ...first } = await service.import({ path: path.join(service.folder, 'long') });
    expect(first).toMatchObject({ status: 'done', failed: 1, outcomes: { added: 1 } });
    expect(items.find((item) => item.status === 'failed')?.error?.code).toBe('import_folder_unreadable');
    await rename(path.join(service.folder, 'long', ...deep.slice(0, 2)), path.join(service.folder, 'long', 'short'));
    expect(await retry(id)).toMatchObject({ status: 'done', total: 2, failed: 0, outcomes: { added: 2 } });
  });
});

describe('a manifest that names a file under several external ids', () => {
  it('gives its image every one of them', async () => {
    await picture('skus', 'img.jpg');
    const list = path.join(service.folder, 'skus', 'list.csv');
    await writeFile(list, 'path,externalId\nimg.jpg,sku-1\nimg.jpg,sku-2\nimg.jpg,sku-1\n');
    const first = await service.import({ path: list });
    expect(first).toMatchObject({ status: 'done', total: 2, failed: 0, outcomes: { added: 1, existing: 1 } });
    expect(await service.import({ path: list })).toMatchObject({ total: 2, failed: 0, outcomes: { existing: 2 } });
    const { images } = await service.get(ListImages).list({ limit: 100 });
    const keys = images.map(({ sources }) => sources.map(({ key }) => key).sort());
    expect(keys.filter(([key]) => key?.startsWith('sku-'))).toEqual([['sku-1', 'sku-2']]);
  });
});

describe('a manifest that breaks off', () => {
  it('is listed again by a retry, from its start to its end', async () => {
    await picture('manifest', 'first.jpg');
    await picture('manifest', 'last.jpg');
    const file = path.join(service.folder, 'manifest', 'list.csv');
    const absent = Array.from({ length: 1_000 }, (_, at) => `absent-${at}.jpg`);
    const write = (...rows: string[]) => writeFile(file, ['path', 'first.jpg', ...absent, ...rows].join('\n'));
    await write('"never closed');
    const { id, ...broken } = await service.import({ path: file });
    expect(broken).toMatchObject({ status: 'failed', error: { code: 'manifest_invalid' } });
    expect(broken.total).toBeGreaterThan(0);
    expect(await retry(id)).toMatchObject({ status: 'failed', error: { code: 'manifest_invalid' } });
    await write('last.jpg');
    expect(await retry(id)).toMatchObject({
      status: 'done',
      error: null,
      total: 1_002,
      failed: 1_000,
      outcomes: { added: 2 },
    });
  });

  it('is listed again also where it broke before anything was kept', async () => {
    const file = await picture('manifest', 'late.csv');
    await writeFile(file, 'name\nfirst.jpg\n');
    const { id, ...broken } = await service.import({ path: file });
    expect(broken).toMatchObject({ status: 'failed', total: 0 });
    await picture('manifest', 'late.jpg');
    await writeFile(file, 'path\nlate.jpg\n');
    await service.get(ImportImages).retry(id);
    await expect
      .poll(() => service.get(ImportImages).get(id), { timeout: 30_000 })
      .toMatchObject({ status: 'done', outcomes: { added: 1 } });
  });
});

describe('an import of which each file comes in a batch of its own', () => {
  beforeAll(() => service.start({ LIKENESS_IMPORT_CHUNK: '1' }));

  it.each([false, true])(
    'keeps the images of files that exchanged their names (left in place: %s)',
    async (reference) => {
      const name = reference ? 'exchanged-in-place' : 'exchanged';
      const folder = path.join(service.folder, name);
      const [a = '', b = '', c = '', d = ''] = ['a.jpg', 'b.jpg', 'c.jpg', 'd.jpg'].map((one) =>
        path.join(folder, one),
      );
      // Of sizes of their own: two of one size and time could exchange their names unseen.
      for (const [at, file] of [a, b, c].entries())
        await appendFile(await picture(name, path.basename(file)), 'x'.repeat(at));
      /** Ids of the images by their files. */
      const images = async () => {
        const list = await service.get(ListImages).list({ limit: 100 });
        const named = list.images.flatMap(({ id, sources }) => sources.map(({ key }) => [key, id] as const));
        return Object.fromEntries(named.filter(([key]) => key.startsWith(folder + path.sep)));
      };
      await service.import({ path: folder, reference });
      const before = await images();
      // A ring, and from there a chain.
      for (const [from, to] of [[c, d], [b, c], [a, b], [d, a]] as const) await rename(from, to); // prettier-ignore
      expect(await service.import({ path: folder, reference })).toMatchObject({
        status: 'done',
        outcomes: { added: 0 },
      });
      expect(await images()).toEqual({ [a]: before[c], [b]: before[a], [c]: before[b] });
      for (const [from, to] of [[c, d], [b, c], [a, b]] as const) await rename(from, to); // prettier-ignore
      const again = await service.import({ path: folder, reference, removeVanished: true });
      expect(again).toMatchObject({ status: 'done', outcomes: { added: 0, removed: 1 } });
      expect(await images()).toEqual({ [b]: before[c], [c]: before[a], [d]: before[b] });
    },
  );
});
