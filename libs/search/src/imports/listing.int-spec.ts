import { execFile } from 'node:child_process';
import { Dir, type Dirent } from 'node:fs';
import { chmod, mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { NewItem } from '#libs/catalogue';
import { listFolder } from './list-folder.js';
import { isManifest, listManifest } from './list-manifest.js';

let root: string;
beforeEach(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'likeness-listing-'));
});
afterEach(() => rm(root, { recursive: true, force: true }));

async function all(items: AsyncIterable<NewItem>): Promise<NewItem[]> {
  const list: NewItem[] = [];
  for await (const item of items) list.push(item);
  return list.sort((a, b) => (a.path < b.path ? -1 : 1));
}

const relative = (items: NewItem[]) => items.map((item) => path.relative(root, item.path));

/** A pipe that nobody writes to: whoever opened it would wait for ever. */
async function pipe(name: string): Promise<string> {
  await promisify(execFile)('mkfifo', [path.join(root, name)]);
  return path.join(root, name);
}

/** Does work as a user who may not read what has no permissions; root may read that, too. */
async function asAnybody<T>(work: () => Promise<T>): Promise<T> {
  const isRoot = process.geteuid?.() === 0;
  if (isRoot) process.seteuid?.('nobody');
  try {
    return await work();
  } finally {
    if (isRoot) process.seteuid?.(0);
  }
}

async function manifest(name: string, text: string): Promise<NewItem[]> {
  await writeFile(path.join(root, name), text);
  return all(listManifest(path.join(root, name)));
}

describe('listFolder', () => {
  it('lists files of all sub-folders, without hidden ones and litter', async () => {
    await mkdir(path.join(root, 'sub/deep'), { recursive: true });
    await mkdir(path.join(root, '.git'));
    for (const name of ['a.jpg', 'sub/b.png', 'sub/deep/c', '.hidden.jpg', '.git/d.jpg', 'Thumbs.db'])
      await writeFile(path.join(root, name), name);
    const items = await all(listFolder(root));
    expect(relative(items)).toEqual(['a.jpg', 'sub/b.png', 'sub/deep/c']);
    expect(items[0]).toMatchObject({ size: 5 });
    expect(Number.isInteger(items[0]?.modifiedMs)).toBe(true);
  });

  it('follows links to files, not to folders, and tells of dangling ones', async () => {
    await writeFile(path.join(root, 'a.jpg'), 'a');
    await symlink(path.join(root, 'a.jpg'), path.join(root, 'b.jpg'));
    await symlink(root, path.join(root, 'circle'));
    await symlink(path.join(root, 'nowhere'), path.join(root, 'dangling.jpg'));
    const items = await all(listFolder(root));
    expect(relative(items)).toEqual(['a.jpg', 'b.jpg', 'dangling.jpg']);
    expect(items[2]?.error?.code).toBe('import_file_unreadable');
  });

  it('tells of links to what is no regular file', async () => {
    await symlink(await pipe('pipe'), path.join(root, 'a.jpg'));
    await symlink('/dev/zero', path.join(root, 'b.jpg'));
    const items = await all(listFolder(root));
    expect(items).toMatchObject(
      ['a.jpg', 'b.jpg'].map((name) => ({
        path: path.join(root, name),
        size: null,
        error: { code: 'import_file_unreadable', detail: 'it is no regular file' },
      })),
    );
  });

  it('tells once of paths that are too long to be kept, under their folder', async () => {
    let folder = root;
    while (Buffer.byteLength(folder) < 1800) folder = path.join(folder, 'é'.repeat(50));
    await mkdir(path.join(folder, 'x'.repeat(200)), { recursive: true });
    for (const name of ['a.jpg', `${'y'.repeat(200)}.jpg`, `${'x'.repeat(200)}/b.jpg`])
      await writeFile(path.join(folder, name), name);
    const items = await all(listFolder(root));
    expect(items.map((item) => [item.path, item.error?.code])).toEqual([
      [folder, 'import_folder_unreadable'],
      [path.join(folder, 'a.jpg'), undefined],
    ]);
    expect(items[0]?.error?.detail).toContain('at most 2000 bytes');
  });

  it('passes over folders of the service, by whatever path they are reached, and starts in none', async () => {
    await mkdir(path.join(root, 'home/data/thumbnails'), { recursive: true });
    await mkdir(path.join(root, 'home/database'));
    await symlink(path.join(root, 'home'), path.join(root, 'link'));
    for (const name of ['a.jpg', 'data/b.jpg', 'data/thumbnails/c', 'database/d.jpg'])
      await writeFile(path.join(root, 'home', name), name);
    const except = new Set([await realpath(path.join(root, 'home/data'))]);
    expect(relative(await all(listFolder(root, except)))).toEqual(['home/a.jpg', 'home/database/d.jpg']);
    const linked = path.join(root, 'link');
    expect(relative(await all(listFolder(linked, except)))).toEqual(['link/a.jpg', 'link/database/d.jpg']);
    for (const inside of ['home/data', 'link/data/thumbnails'])
      await expect(all(listFolder(path.join(root, inside), except))).rejects.toMatchObject({
        code: 'import_source_unreadable',
        message: expect.stringContaining('own files'),
      });
  });

  // Elsewhere no file can have such a name.
  it.runIf(process.platform === 'linux')('tells of names that are not UTF-8, each by its bytes', async () => {
    await writeFile(path.join(root, 'a.jpg'), 'a');
    for (const name of ['B\xfccher.jpg', 'B\xe4cher.jpg', '.\xfc.jpg'])
      await writeFile(Buffer.from(path.join(root, name), 'latin1'), name);
    await mkdir(Buffer.from(path.join(root, '\xe4\\'), 'latin1'));
    await writeFile(Buffer.from(path.join(root, '\xe4\\', 'b.jpg'), 'latin1'), 'b');
    const told = (await all(listFolder(root))).map(({ path: file, error }) => [path.relative(root, file), error]);
    const refused = (name: string) => [
      name,
      { code: 'import_folder_unreadable', detail: `its name is not UTF-8 (${name}): rename it` },
    ];
    expect(told).toEqual([...['B\\xe4cher.jpg', 'B\\xfccher.jpg', '\\xe4\\x5c'].map(refused), ['a.jpg', undefined]]);
  });

  it('tells of a folder that breaks off while it is read, and lists the rest; not so of the first', async () => {
    await mkdir(path.join(root, 'broken'));
    await mkdir(path.join(root, 'whole'));
    for (const name of ['a.jpg', 'broken/b.jpg', 'broken/c.jpg', 'whole/d.jpg'])
      await writeFile(path.join(root, name), name);
    const entries = Dir.prototype[Symbol.asyncIterator];
    const spy = vi.spyOn(Dir.prototype, Symbol.asyncIterator).mockImplementation(async function* (
      this: Dir,
    ): AsyncGenerator<Dirent, undefined> {
      for await (const entry of { [Symbol.asyncIterator]: () => entries.call(this) }) {
        yield entry;
        if (path.basename(this.path) === 'broken') throw new Error('EIO: i/o error, scandir');
      }
    });
    try {
      const items = await all(listFolder(root));
      expect(items.map(({ path: file, error }) => [path.relative(root, file), error?.code])).toEqual([
        ['a.jpg', undefined],
        ['broken', 'import_folder_unreadable'],
        [expect.stringMatching(/^broken\/[bc]\.jpg$/), undefined],
        ['whole/d.jpg', undefined],
      ]);
      await expect(all(listFolder(path.join(root, 'broken')))).rejects.toMatchObject({
        code: 'import_source_unreadable',
        message: expect.stringContaining('EIO'),
      });
    } finally {
      spy.mockRestore();
    }
  });

  // Elsewhere permissions keep nobody from reading a folder.
  it.runIf(process.platform !== 'win32')(
    'passes over lost+found where that may not be read, nothing else',
    async () => {
      const closed = ['disk/lost+found', 'disk/private'].map((name) => path.join(root, name));
      for (const name of [...closed, path.join(root, 'lost+found')]) {
        await mkdir(name, { recursive: true });
        await writeFile(path.join(name, 'found.jpg'), name);
      }
      await chmod(root, 0o755);
      for (const folder of closed) await chmod(folder, 0);
      try {
        const items = await asAnybody(() => all(listFolder(root)));
        expect(items.map(({ path: file, error }) => [path.relative(root, file), error?.code])).toEqual([
          ['disk/private', 'import_folder_unreadable'],
          ['lost+found/found.jpg', undefined],
        ]);
        await expect(asAnybody(() => all(listFolder(path.join(root, 'disk/lost+found'))))).rejects.toMatchObject({
          code: 'import_source_unreadable',
          message: expect.stringContaining('EACCES'),
        });
      } finally {
        for (const folder of closed) await chmod(folder, 0o755);
      }
    },
  );

  it('fails where there is no folder', async () => {
    await expect(all(listFolder(path.join(root, 'none')))).rejects.toMatchObject({ code: 'import_source_unreadable' });
  });
});

describe('listManifest', () => {
  beforeEach(async () => {
    await mkdir(path.join(root, 'sub'));
    for (const name of ['a.jpg', 'sub/b.jpg']) await writeFile(path.join(root, name), name);
  });

  it('reads CSV with a byte order mark, quoted cells and further columns', async () => {
    const items = await manifest(
      'list.csv',
      '\ufeffpath,externalId,metadata,artist\na.jpg,1,"{""year"": 1999}","Grace, H."\nsub/b.jpg,,,\n',
    );
    expect(items).toMatchObject([
      { path: path.join(root, 'a.jpg'), size: 5, externalId: '1', metadata: { year: 1999, artist: 'Grace, H.' } },
      { path: path.join(root, 'sub/b.jpg') },
    ]);
    expect(items[1]).not.toHaveProperty('metadata');
    expect(items[1]).not.toHaveProperty('externalId');
  });

  it('makes an item of each bad row and reads on', async () => {
    const items = await manifest('list.csv', 'path,metadata\na.jpg,{broken\n,{}\nsub/b.jpg,\nmissing.jpg,\nsub,\n');
    const told = items.map((item) => [path.relative(root, item.path), item.error?.code]);
    expect(new Map(told as [string, string | undefined][])).toEqual(
      new Map([
        ['list.csv:2', 'manifest_invalid'],
        ['list.csv:3', 'manifest_invalid'],
        ['sub/b.jpg', undefined],
        ['missing.jpg', 'import_file_unreadable'],
        ['sub', 'import_file_unreadable'],
      ]),
    );
  });

  it.each(['[1,2]', '2019', '"a"', 'true', 'null'])(
    'refuses %s as the metadata of a row, in CSV as in NDJSON',
    async (metadata) => {
      const cell = `"${metadata.replaceAll('"', '""')}"`;
      const [csv] = await manifest('list.csv', `path,metadata,artist\na.jpg,${cell},Grace\n`);
      const [ndjson] = await manifest('list.ndjson', `{"path": "a.jpg", "metadata": ${metadata}}\n`);
      for (const item of [csv, ndjson]) {
        expect(item?.error?.code).toBe('manifest_invalid');
        expect(item?.error?.detail).toContain('metadata: ');
      }
    },
  );

  it('tells of a row that names what is no regular file', async () => {
    const file = await pipe('pipe.jpg');
    expect(await manifest('list.csv', 'path\npipe.jpg\n')).toMatchObject([
      { path: file, error: { code: 'import_file_unreadable', detail: 'it is no regular file' } },
    ]);
  });

  it('reads NDJSON with a byte order mark and empty lines', async () => {
    const rows = ['{"path": "a.jpg", "metadata": {"a": [1]}}', '', '{"path": 5}', 'nonsense', '{"path": "sub/b.jpg"}'];
    const items = await manifest('list.jsonl', `\ufeff${rows.join('\r\n')}`);
    expect(items.map((item) => [path.relative(root, item.path), item.error?.code])).toEqual([
      ['a.jpg', undefined],
      ['list.jsonl:3', 'manifest_invalid'],
      ['list.jsonl:4', 'manifest_invalid'],
      ['sub/b.jpg', undefined],
    ]);
  });

  it('refuses a row whose path or address is too long to be kept, as that row alone', async () => {
    const at = (bytes: number) => `https://example.com/${'é'.repeat((bytes - 20) / 2)}`;
    const paths = [at(2000), at(2002), 'a.jpg', `${'./'.repeat(1500)}sub/b.jpg`, 'z'.repeat(2000)];
    const items = await manifest('list.ndjson', paths.map((one) => JSON.stringify({ path: one })).join('\n'));
    expect(new Map(items.map((item) => [item.path, item.error?.detail]))).toEqual(
      new Map([
        [at(2000), undefined],
        [path.join(root, 'list.ndjson:2'), 'line 2: path: expected at most 2000 bytes, received 2002'],
        [path.join(root, 'a.jpg'), undefined],
        [path.join(root, 'sub/b.jpg'), undefined],
        [path.join(root, 'list.ndjson:5'), `line 5: path: expected at most 2000 bytes, received ${root.length + 2001}`],
      ]),
    );
  });

  it('refuses a row of which a key of the metadata is too long, as the API does, and that row alone', async () => {
    const fits = 'k'.repeat(200);
    const long = `${fits}k`;
    const rows = [fits, long].map((key) => JSON.stringify({ path: 'a.jpg', metadata: { [key]: 1 } }));
    const refused = { error: { code: 'manifest_invalid', detail: 'line 2: metadata: keys of at most 200 characters' } };
    expect(await manifest('list.ndjson', rows.join('\n'))).toMatchObject([{ metadata: { [fits]: 1 } }, refused]);
    expect(await manifest('list.csv', `path,${long}\na.jpg,x\nsub/b.jpg,\n`)).toMatchObject([
      refused,
      { path: path.join(root, 'sub/b.jpg') },
    ]);
  });

  it.each(['\u0000', '\ud800'])('refuses a row with %j, which no catalogue can keep', async (bad) => {
    const rows = [
      { path: 'a.jpg', metadata: { a: `x${bad}` } },
      { path: 'sub/b.jpg', metadata: { a: 'x\\u0000 😀' } },
    ];
    const items = await manifest('list.ndjson', rows.map((row) => JSON.stringify(row)).join('\n'));
    expect(items.map((item) => item.error?.code)).toEqual(['manifest_invalid', undefined]);
    expect(items[0]?.error?.detail).toBe(
      'line 1: metadata.a: text that can be stored: no NUL, no half of a surrogate pair',
    );
  });

  it.each([
    ['list.ndjson', '\0{}\n{"path":"a.jpg","metadata":{"\\u0000":1}}'],
    ['list.csv', 'path,a\0\na.jpg,x\n\0,x\n'],
  ])('refuses rows of %s in words that a catalogue can keep', async (name, text) => {
    const items = await manifest(name, text);
    expect(items.map((item) => item.error?.code)).toEqual(['manifest_invalid', 'manifest_invalid']);
    for (const item of items) expect(JSON.stringify(item)).not.toContain('\\u0000');
  });

  it('fails as a whole without a path column or without a file', async () => {
    await expect(manifest('list.csv', 'file\na.jpg\n')).rejects.toMatchObject({ code: 'manifest_invalid' });
    for (const name of ['none.csv', 'none.ndjson'])
      await expect(all(listManifest(path.join(root, name)))).rejects.toMatchObject({
        code: 'import_source_unreadable',
      });
  });

  it('is told by its ending', () => {
    expect(['a.csv', 'a.NDJSON', 'a.jsonl', 'a.json', 'csv'].map(isManifest)).toEqual([true, true, true, false, false]);
  });
});
