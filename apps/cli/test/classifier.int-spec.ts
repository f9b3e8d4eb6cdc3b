import { mkdir, mkdtemp, readFile, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { drawScene } from '#libs/testing';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { environment, likeness, Likeness, type Ended } from './run-likeness.js';

const START_MS = 120_000;
// Several processes a test, each of which takes long where others work as well.
vi.setConfig({ testTimeout: 240_000 });
const SIZE = { width: 96, height: 96 };
const CATEGORIES = ['forest', 'sunset-sea'] as const;
const EACH = 4;
const PNG_SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);

let folder: string;
let data: string;
let service: Likeness;

const place = () => ({ cwd: folder, env: { ...environment, LIKENESS_ENCODER_THREADS: '1' } });

/** `likeness classifier …`, told of the data folder. */
const classifier = (...args: string[]): Promise<Ended> => likeness(['classifier', ...args, '--data', data], place());

/** The one document on stdout of a command that worked. */
async function document<T = Record<string, unknown>>(...args: string[]): Promise<T> {
  const ended = await classifier(...args, '--json');
  expect(ended, ended.stdout + ended.stderr).toMatchObject({ code: 0 });
  return JSON.parse(ended.stdout) as T;
}

async function failure(code: number, ...args: string[]): Promise<{ code: string; detail: string }> {
  const ended = await classifier(...args, '--json');
  expect(ended, ended.stdout + ended.stderr).toMatchObject({ code });
  return (JSON.parse(ended.stdout) as { error: { code: string; detail: string } }).error;
}

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'likeness-classifier-'));
  data = path.join(folder, 'data');
  await mkdir(path.join(folder, 'library'));
  for (const category of CATEGORIES) {
    await mkdir(path.join(folder, 'sorted', category), { recursive: true });
    for (let seed = 1; seed <= EACH; seed++) {
      await writeFile(path.join(folder, 'sorted', category, `${seed}.jpg`), await drawScene(category, seed, SIZE));
      await writeFile(
        path.join(folder, 'library', `${category}-${seed}.jpg`),
        await drawScene(category, seed + EACH, SIZE),
      );
    }
  }
  service = new Likeness(['start', '--port', '0', '--data', data], place());
  await service.says(/Likeness is ready/);
  const imported = await likeness(['import', path.join(folder, 'library'), '--data', data], place());
  expect(imported).toMatchObject({ code: 0 });
}, START_MS);

afterAll(async () => {
  service.signal('SIGTERM');
  await service.end();
  await rm(folder, { recursive: true, force: true });
}, START_MS);

describe('from a folder of sub-folders to predictions', () => {
  it('is made, but not twice', async () => {
    expect(await document('create', 'scenes')).toMatchObject({ name: 'scenes', kind: 'single', categories: [] });
    expect(await failure(1, 'create', 'scenes')).toMatchObject({ code: 'classifier_conflict' });
    expect(await document('list')).toMatchObject({ classifiers: [{ name: 'scenes', versionInUse: null }] });
  });

  it('is not trained without labels, and has nothing to show', async () => {
    expect(await failure(1, 'train', 'scenes')).toMatchObject({ code: 'training_data_invalid' });
    expect(await failure(1, 'eval', 'scenes')).toMatchObject({ code: 'version_not_found' });
  });

  it('takes labels from sub-folders, and the same again changes nothing', async () => {
    const counted = { classifier: { categories: CATEGORIES.map((name) => ({ name, positives: EACH, negatives: 0 })) } };
    const label = () => document('label', 'scenes', path.join(folder, 'sorted'));
    expect(await label()).toMatchObject({ labelled: 2 * EACH, unchanged: 0, failures: [], ...counted });
    expect(await label()).toMatchObject({ labelled: 0, unchanged: 2 * EACH, ...counted });
    const { stdout } = await classifier('show', 'scenes');
    expect(stdout).toMatch(/^scenes \(single\), no version in use\nCATEGORY +POSITIVE +NEGATIVE\nforest +4 +0\n/);
  });

  it('takes labels from a CSV and names what failed with exit code 3', async () => {
    const csv = path.join(folder, 'labels.csv');
    await writeFile(csv, `path,image,category,value\nlibrary/forest-1.jpg,,forest,\n,987654,forest,positive\n`);
    const ended = await classifier('label', 'scenes', '--csv', csv, '--json');
    expect(ended.code).toBe(3);
    expect(JSON.parse(ended.stdout)).toMatchObject({
      labelled: 1,
      failures: [{ what: 'image 987654', code: 'image_not_found' }],
    });
    await writeFile(csv, 'image,category,value\n1,forest,maybe\n');
    expect(await failure(1, 'label', 'scenes', '--csv', csv)).toMatchObject({
      code: 'manifest_invalid',
      detail: expect.stringContaining('row 2') as string,
    });
  });

  it('labels the rest where files cannot be read or are folders, and names them with exit code 3', async () => {
    const sorted = path.join(folder, 'awkward');
    await mkdir(path.join(sorted, 'forest', 'x.jpg'), { recursive: true });
    await symlink('nowhere', path.join(sorted, 'forest', 'gone.jpg'));
    await writeFile(path.join(sorted, 'forest', 'words.jpg'), 'no picture');
    await writeFile(path.join(sorted, 'forest', 'y.jpg'), await drawScene('forest', 1, SIZE));
    await mkdir(path.join(sorted, 'sunset-sea', 'z.jpg'), { recursive: true });
    await classifier('create', 'awkward');
    const ended = await classifier('label', 'awkward', sorted, '--json');
    expect(ended.code).toBe(3);
    const { labelled, failures } = JSON.parse(ended.stdout) as {
      labelled: number;
      failures: { what: string; code: string }[];
    };
    expect(labelled).toBe(1);
    expect(failures.map(({ what, code }) => [path.relative(sorted, what), code])).toEqual([
      [path.join('forest', 'gone.jpg'), 'import_file_unreadable'],
      [path.join('forest', 'x.jpg'), 'import_file_unreadable'],
      [path.join('forest', 'words.jpg'), 'image_format_unsupported'],
      [path.join('sunset-sea', 'z.jpg'), 'import_file_unreadable'],
    ]);
    const csv = path.join(folder, 'missing.csv');
    await writeFile(csv, 'path,category\nnowhere.jpg,forest\n');
    const { code, stdout } = await classifier('label', 'awkward', '--csv', csv);
    expect(code).toBe(3);
    expect(stdout).toMatch(/^Labelled 0 images, 0 unchanged, 1 failed\.\n.*nowhere\.jpg: The file cannot be read: /);
  });

  it('trains, measures and scores, and says so in one document and for a person', async () => {
    const options = ['--heads', 'softmax', '--taps', 'penultimate', '--seed', '3'];
    expect(await document('train', 'scenes', ...options)).toMatchObject({
      version: { version: 1, kind: 'softmax', taps: ['penultimate'], examples: 2 * EACH + 1, report: { seed: 3 } },
      rescoring: { status: 'done', version: 1, scored: 2 * EACH },
    });
    const again = await classifier('train', 'scenes', ...options, '--no-use');
    expect(again).toMatchObject({ code: 0 });
    expect(again.stdout).toMatch(/^Version 2: softmax on penultimate, 9 examples, trained in [\d.]+ s\ntop-1 /);
    expect(again.stdout).toMatch(/\nCATEGORY +N +PRECISION +RECALL +F1\nforest +5 +\d/);
    expect(again.stdout).toMatch(/\nCONFUSION: IT IS +\(1\) +\(2\)\n\(1\) forest /);
  });

  it('evaluates the version in use, with its charts', async () => {
    const charts = path.join(folder, 'charts');
    const answer = await document<{ version: number; charts: string[] }>('eval', 'scenes', '--charts', charts);
    expect(answer.version).toBe(1);
    expect(answer.charts.map((file) => path.basename(file)).toSorted()).toEqual((await readdir(charts)).toSorted());
    expect(await readdir(charts)).toEqual(expect.arrayContaining(['calibration.svg', 'confusion.svg']));
    for (const file of answer.charts) expect(await readFile(file, 'utf8')).toMatch(/^<svg[\s\S]*<\/svg>\s*$/);
    const pixels = path.join(folder, 'pixels');
    const drawn = await document<{ charts: string[] }>('eval', 'scenes', '--charts', pixels, '--format', 'png');
    expect(drawn.charts).toHaveLength(answer.charts.length);
    expect(await readdir(pixels)).toEqual((await readdir(charts)).map((file) => file.replace('.svg', '.png')));
    for (const file of drawn.charts) expect((await readFile(file)).subarray(0, 8)).toEqual(PNG_SIGNATURE);
    expect(await document('eval', 'scenes', '2')).toMatchObject({ version: 2, inUse: false });
    expect(await failure(1, 'eval', 'scenes', '9')).toMatchObject({ code: 'version_not_found' });
  });

  it('compares two versions, lists rounds, and goes back and forth between versions', async () => {
    // The same labels, settings and seed: the same head.
    expect(await document('compare', 'scenes', '1', '2')).toMatchObject({
      a: 1,
      b: 2,
      numbers: expect.arrayContaining([expect.objectContaining({ what: 'top-1', difference: 0 })]) as unknown,
    });
    expect(await document('versions', 'scenes')).toMatchObject({
      versions: [{ version: 2 }, { version: 1, inUse: true }],
      rounds: [
        { version: 1, gain: null },
        { version: 2, added: 0, gain: { difference: 0 } },
      ],
    });
    expect(await document('use', 'scenes', '2')).toMatchObject({ status: 'done', version: 2 });
    expect(await failure(1, 'delete', 'scenes', '2')).toMatchObject({ code: 'version_in_use' });
    expect(await document('use', 'scenes', '1')).toMatchObject({ status: 'done', version: 1 });
    expect(await document('delete', 'scenes', '2')).toEqual({ deleted: 'version 2 of scenes' });
  });

  it('predicts files and stored images, suggests, counts, and filters searches', async () => {
    const file = path.join(folder, 'library', 'forest-2.jpg');
    expect(await document('predict', 'scenes', file, '1')).toMatchObject({
      predictions: [
        { subject: file, version: 1, scores: [{ name: 'forest' }, { name: 'sunset-sea' }] },
        { subject: '1', version: 1 },
      ],
    });
    expect((await classifier('predict', 'scenes', file)).stdout).toMatch(/forest-2\.jpg: forest 0\.\d{3}, sunset-sea/);
    expect(await failure(1, 'predict', 'scenes', 'nowhere.jpg')).toMatchObject({ code: 'query_file_unreadable' });
    const { suggestions } = await document<{ suggestions: object[] }>('suggest', 'scenes', '--limit', '3');
    expect(suggestions).toHaveLength(3);
    const { categories } = await document<{ categories: { images: number }[] }>('counts', 'scenes');
    expect(categories.map(({ images }) => images)).toEqual([EACH, EACH]);
    const search = ['search', file, '--filter', 'category.scenes.forest >= 0.5', '--json', '--data', data];
    const found = JSON.parse((await likeness(search, place())).stdout) as { results: { source: string }[] };
    expect(found.results.map(({ source }) => /forest/.test(source))).toEqual(Array(EACH).fill(true));
  });

  it('lists doubted labels and conflicts, and takes confirmations', async () => {
    const { version, labels } = await document<{ version: number; labels: object[] }>('doubted', 'scenes');
    expect(version).toBe(1);
    expect(labels).toEqual(expect.any(Array));
    expect(await document('conflicts', 'scenes')).toEqual({ conflicts: [] });
    const said = await document('label', 'scenes', '--example', '1', '--category', 'forest', '--confirm');
    expect(said).toMatchObject({ labelled: 0, unchanged: 1 });
    await document('label', 'scenes', '--example', '1', '--category', 'sunset-sea');
    expect(await document('conflicts', 'scenes')).toMatchObject({ conflicts: [{ example: '1' }] });
    const like = await document(
      'label',
      'scenes',
      '--like',
      '1',
      '-k',
      '1',
      '--category',
      'forest',
      '--value',
      'negative',
    );
    expect(like).toMatchObject({ labelled: 2 });
  });

  it('exports JSON and ONNX that come back the same', async () => {
    const json = path.join(folder, 'head.json');
    expect(await document('export', 'scenes', '1', json)).toMatchObject({ file: json });
    expect(JSON.parse(await readFile(json, 'utf8'))).toMatchObject({ format: 'likeness-head-export', number: 1 });
    const model = path.join(folder, 'head.onnx');
    const onnx = await document<{ bytes: number }>('export', 'scenes', '1', model);
    expect(onnx.bytes).toBeGreaterThan(500);
    await document('create', 'copy', ...CATEGORIES);
    expect(await document('import', 'copy', json)).toMatchObject({ version: 1, origin: 'imported' });
    expect(await document('import', 'copy', model)).toMatchObject({ version: 2, origin: 'imported' });
    const again = path.join(folder, 'again.json');
    await document('export', 'copy', '2', again);
    const [first, second] = await Promise.all([json, again].map(async (file) => headIn(await readFile(file, 'utf8'))));
    expect(second?.layers).toEqual(first?.layers);
    expect(await document('delete', 'copy')).toEqual({ deleted: 'copy' });
  });
});

const headIn = (exported: string) => (JSON.parse(exported) as { head: { layers: object[] } }).head;

describe('the command line', () => {
  it('shows help with examples for the group and every command', async () => {
    const { code, stdout } = await classifier('--help');
    expect(code).toBe(0);
    const commands = [
      'create',
      'label',
      'train',
      'cancel',
      'eval',
      'versions',
      'compare',
      'use',
      'predict',
      'suggest',
      'counts',
    ];
    for (const part of [...commands, 'doubted', 'conflicts', 'export', 'import', 'delete', 'Examples:'])
      expect(stdout).toContain(part);
  });

  it.each([
    ['a version that is no number', ['use', 'scenes', 'two'], /Expected a whole number from 1/],
    ['nothing to label', ['label', 'scenes'], /Expected a folder, --csv, --image or --example, or --like, .* nothing/],
    ['two sources', ['label', 'scenes', '.', '--image', '1'], /received several of them/],
    ['images without a category', ['label', 'scenes', '--image', '1'], /Expected --category/],
    ['charts of another kind', ['eval', 'scenes', '--charts', '.', '--format', 'gif'], /Allowed choices are svg, png/],
    ['an export of another kind', ['export', 'scenes', '1', 'head.txt'], /ending in \.json or \.onnx/],
  ])('refuses %s with exit code 2', async (_what, args, message) => {
    const { code, stdout, stderr } = await classifier(...args);
    expect(code).toBe(2);
    expect(stdout).toBe('');
    expect(stderr).toMatch(message);
  });
});
