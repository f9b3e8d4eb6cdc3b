import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { ServedFolder } from './served-folder.js';

const COMMAND_MS = 180_000;
const IMAGES = 6;

interface Listed {
  images: { id: number; source: string }[];
  nextCursor: string | null;
}

const served = new ServedFolder(IMAGES);
const { run, json, failure } = served;
const idsOf = (page: unknown): number[] => (page as Listed).images.map(({ id }) => id);

beforeAll(async () => {
  await json('import', served.photos, '--collection', 'scenes');
}, COMMAND_MS);

describe('likeness images', { timeout: COMMAND_MS }, () => {
  it('lists a page at a time, narrowed or not', async () => {
    const first = await json('images', '-k', '4');
    expect(idsOf(first)).toEqual([6, 5, 4, 3]);
    const rest = await json('images', 'list', '--limit', '4', '--cursor', String(first['nextCursor']));
    expect([idsOf(rest), rest['nextCursor']]).toEqual([[2, 1], null]);
    expect(idsOf(await json('images', '--collection', 'scenes', '--filter', 'id in (2, 3)'))).toEqual([3, 2]);
    expect(idsOf(await json('images', '--filter', 'width > 5000'))).toEqual([]);
    expect(await failure('images', '--collection', 'none')).toMatchObject({ code: 'collection_not_found' });
    const { stdout } = await run('images', '-k', '1');
    expect(stdout).toMatch(
      /^ID +SIZE +BYTES +STORED +SOURCE\n 6 +96 × 96 .*\n1 image; there are more: --cursor \S+\n$/,
    );
  });

  it('shows one', async () => {
    const { source, ...rest } = await json('images', 'show', '2');
    expect(path.dirname(String(source))).toBe(served.photos);
    expect(rest).toMatchObject({ id: 2, width: 96, height: 96, collections: ['scenes'], searchable: true });
    expect((await run('images', 'show', '2')).stdout).toContain(`Sources      file ${String(source)}\n`);
    expect(await failure('images', 'show', '7')).toMatchObject({ code: 'image_not_found' });
  });

  it('deletes one that is named, and several where that is meant', async () => {
    expect((await run('images', 'delete', '6')).stdout).toBe('Deleted 1 image: 6\n');
    expect(await failure('images', 'delete', '6')).toMatchObject({ code: 'image_not_found' });
    expect(await json('images', 'delete', '--filter', 'id in (4, 5)', '--yes')).toEqual({
      deleted: [5, 4],
      missing: [],
    });
    expect(await json('images', 'delete', '--filter', 'id in (4, 5)', '--yes')).toEqual({ deleted: [], missing: [] });
    expect(idsOf(await json('images'))).toEqual([3, 2, 1]);
    expect(await json('search', '1')).toMatchObject({ matched: 3 });
  });

  it.each([
    [
      'several where nobody can be asked',
      ['1', '2'],
      /Expected --yes to delete several images where nobody can be asked\./,
    ],
    ['what matches where nobody can be asked', ['--filter', 'id = 1'], /Expected --yes/],
    ['nothing', [], /Expected ids of images or --filter, one of the two\./],
    ['ids and a filter', ['1', '--filter', 'id = 1', '--yes'], /Expected ids of images or --filter/],
    ['an id that is none', ['photo.jpg'], /Expected a whole number from 1\./],
  ])('refuses to delete %s', async (_what, args, message) => {
    const { code, stderr } = await run('images', 'delete', ...args);
    expect(code).toBe(2);
    expect(stderr).toMatch(message);
    expect(await json('images', 'show', '1')).toMatchObject({ id: 1 });
  });
});

describe('likeness collections', { timeout: COMMAND_MS }, () => {
  it('lists them with how many images each has', async () => {
    expect(await json('collections')).toMatchObject({ collections: [{ name: 'scenes', images: 3 }] });
    expect((await run('collections')).stdout).toMatch(/^COLLECTION +IMAGES +MADE\nscenes +3 .*\n1 collection\n$/);
  });
});
