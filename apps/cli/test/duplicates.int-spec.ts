import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import sharp from 'sharp';
import { drawScene, galleryCategories } from '#libs/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { environment, likeness, type Ended } from './run-likeness.js';

/** Each command starts and stops a service of its own. */
const COMMAND_MS = 120_000;

let folder: string;
const run = (...args: string[]): Promise<Ended> =>
  likeness([...args, '--data', path.join(folder, 'data')], { cwd: folder, env: environment });

interface Listed {
  unchecked: number;
  total: number;
  groups: { best: string; images: { image: { id: string; source: string } }[] }[];
  deleted?: string[];
}

/** No service runs, so the command itself sees to it that every image has been compared. */
async function listed(...args: string[]): Promise<Listed> {
  const { code, stdout, stderr } = await run('duplicates', ...args, '--json');
  expect(stderr, stderr).not.toMatch(/likeness:/);
  expect(code).toBe(0);
  const page = JSON.parse(stdout) as Listed;
  expect(page.unchecked).toBe(0);
  return page;
}

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'likeness-duplicates-'));
  await mkdir(path.join(folder, 'photos'));
  const [kind, other] = galleryCategories;
  if (kind === undefined || other === undefined) throw new Error('there are no scenes to draw');
  const scene = await drawScene(kind, 1, { width: 160, height: 120 });
  const files: Record<string, Buffer> = {
    'large.png': scene,
    'again.png': scene,
    'small.jpg': await sharp(scene).resize(80).jpeg().toBuffer(),
    'alone.png': await drawScene(other, 2, { width: 160, height: 120 }),
  };
  for (const [name, bytes] of Object.entries(files)) await writeFile(path.join(folder, 'photos', name), bytes);
  expect((await run('import', path.join(folder, 'photos'))).code).toBe(0);
}, COMMAND_MS);
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('likeness duplicates', () => {
  it(
    'lists groups, remembers what is none, and deletes only when told to',
    async () => {
      const { groups } = await listed();
      const sources = groups.map(({ images }) => images.map(({ image }) => path.basename(image.source)));
      expect(sources).toEqual([[expect.stringMatching(/^(large|again)\.png$/), 'small.jpg']]);
      const [best = '', spare = ''] = groups[0]?.images.map(({ image }) => image.id) ?? [];

      const table = await run('duplicates');
      expect(table.stdout).toMatch(/GROUP +IMAGE +SIZE +BYTES +COSINE +BITS +SUGGESTION +SOURCE/);
      expect(table.stdout).toMatch(/keep: most pixels/);
      expect(table.stdout).toMatch(/1 image could go, .* Nothing is deleted unless you say --delete\./);

      const exact = await run('duplicates', '--kind', 'exact');
      expect(exact.stdout).toMatch(/large\.png/);
      expect(exact.stdout).toMatch(/again\.png/);

      const asked = path.join(folder, 'photos', 'large.png');
      expect((await run('search', asked, '--collapse')).stdout).toMatch(new RegExp(`\\.png \\(also ${spare}\\)`));
      const json = await run('search', asked, '--collapse', '--json');
      expect(JSON.parse(json.stdout)).toMatchObject({ results: [{ duplicates: [{ id: Number(spare) }] }, {}] });

      expect((await run('duplicates', 'not', spare, '--of', best)).stdout).toBe('Remembered for 1 pair.\n');
      expect((await listed()).groups).toEqual([]);
      expect((await run('duplicates', 'not', spare, best, '--undo')).stdout).toBe('Taken back for 1 pair.\n');

      expect((await listed('--threshold', '0.99', '--delete', '--yes')).deleted).toEqual([]);
      expect((await listed('--delete', '--yes')).deleted).toEqual([spare]);
      expect((await listed()).groups).toEqual([]);
      expect((await run('duplicates')).stdout).toBe('No near duplicates.\n');
      expect((await run('duplicates', '--delete', '--yes')).stdout).toBe('Nothing was deleted.\n');
    },
    3 * COMMAND_MS,
  );

  it.each([
    ['a kind there is not', ['--kind', 'same'], /Allowed choices are exact, near\./],
    ['a threshold out of range', ['--threshold', '0.3'], /Expected a number from 0\.5 to 1\./],
    ['deleting what is stored once', ['--kind', 'exact', '--delete'], /expected no --delete with --kind exact/i],
    [
      'deleting where nobody can be asked',
      ['--delete'],
      /Expected --yes to delete several images where nobody can be asked\./,
    ],
    ['ids that are none', ['not', '1', '--of', 'a,b'], /Expected ids with commas between/],
    ['nothing to be said of', ['not'], /Missing required argument 'id'/],
  ])('refuses %s', async (_, args, message) => {
    const { code, stderr } = await run('duplicates', ...args);
    expect(code).toBe(2);
    expect(stderr).toMatch(message);
  });
});
