import { asyncBufferFromFile, parquetReadObjects } from 'hyparquet';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BUNDLED_ENCODER } from '#libs/config';
import { drawScene, galleryCategories } from '#libs/testing';
import { OnnxBuilder } from '../../../libs/encoder/src/import/__fixtures__/onnx-builder.js';
import { type Ended, likeness } from './run-likeness.js';

const COMMAND_MS = 120_000;
const PICTURES = ['a.jpg', 'b.jpg', 'sub/c.jpg'];

let folder: string;
let photos: string;
let data: string;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'likeness-cli-models-'));
  photos = path.join(folder, 'photos');
  data = path.join(folder, 'data');
  await mkdir(path.join(photos, 'sub'), { recursive: true });
  for (const [at, name] of PICTURES.entries()) {
    const picture = await drawScene(galleryCategories[at] ?? 'sunset-sea', at, { width: 96, height: 96 });
    await writeFile(path.join(photos, name), picture);
  }
  await writeFile(path.join(folder, 'small.onnx'), network());
  await writeFile(path.join(folder, 'words.onnx'), 'not a model');
  expect(await run('models', 'import', 'small.onnx', '--licence', 'CC0-1.0')).toMatchObject({ code: 0 });
}, COMMAND_MS);

afterAll(() => rm(folder, { recursive: true, force: true }));

/** None of the settings that the environment of the tests may have. */
const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith('LIKENESS_'));
const run = (...args: string[]): Promise<Ended> =>
  likeness([...args, '--data', data], {
    cwd: folder,
    env: { ...Object.fromEntries(inherited), LIKENESS_ENCODER_THREADS: '1' },
  });

async function documentOf<T>(...args: string[]): Promise<T & { code: number | null }> {
  const { code, stdout } = await run(...args, '--json');
  return { ...(JSON.parse(stdout) as T), code };
}

function network(): Buffer {
  const b = new OnnxBuilder();
  let x = b.relu(b.conv(b.picture({ side: 32 }), 3, 8, 3, 4));
  x = b.relu(b.conv(x, 8, 16, 3, 2));
  b.head(x, 16, 10);
  return b.bytes(['logits']);
}

describe('likeness models', () => {
  it(
    'list names bundled and imported ones with their taps',
    async () => {
      const { models } = await documentOf<{ models: { name: string; origin: string; chosen: boolean }[] }>(
        'models',
        'list',
      );
      expect(models).toMatchObject([
        { name: BUNDLED_ENCODER, origin: 'bundled', chosen: true, use: null },
        { name: 'small', origin: 'imported', chosen: false, manifest: { licence: 'CC0-1.0' } },
      ]);
      const { stdout } = await run('models', 'list');
      expect(stdout).toMatch(
        new RegExp(
          `^${BUNDLED_ENCODER} +bundled +penultimate 512, logits 1000.* named by the settings; no service runs$`,
          'm',
        ),
      );
      expect(stdout).toMatch(/^small +imported +penultimate 16, logits 10/m);
    },
    COMMAND_MS,
  );

  it(
    'show says everything about one, and names those there are where it is not there',
    async () => {
      const { code, stdout } = await run('models', 'show', 'small');
      expect(code).toBe(0);
      for (const line of [/^Model +small \(imported\)/m, /^Licence +CC0-1\.0/m, /^Fingerprint +[0-9a-f]{64}/m])
        expect(stdout).toMatch(line);
      expect(stdout).toMatch(/^penultimate +\S+ +none +16/m);
      const missing = await run('models', 'show', 'large');
      expect(missing).toMatchObject({ code: 1, stdout: '' });
      expect(missing.stderr).toContain(`There is no model "large". Those there are: ${BUNDLED_ENCODER}, small.`);
    },
    COMMAND_MS,
  );

  it(
    'import takes preprocessing and taps from the encoder it is like, and leaves nothing of what is no model',
    async () => {
      const { code, stdout } = await run('models', 'import', 'small.onnx', '--name', 'copy', '--like', 'small');
      expect(code).toBe(0);
      expect(stdout).not.toContain('No preset was given');
      expect(await readdir(path.join(data, 'models'))).toEqual(['copy', 'small']);
      const refused = await run('models', 'import', 'words.onnx');
      expect(refused).toMatchObject({ code: 1, stdout: '' });
      expect(refused.stderr).toContain('words.onnx is no ONNX model');
      expect(await readdir(path.join(data, 'models'))).toEqual(['copy', 'small']);
      const both = await run('models', 'import', 'small.onnx', '--like', 'small', '--preset', 'resnet50');
      expect(both.code).toBe(2);
      expect(both.stderr).toContain('--preset');
    },
    COMMAND_MS,
  );

  it(
    'check compares every way that works here with the first on the CPU',
    async () => {
      const check = await documentOf<{ sound: boolean; variants: object[] }>('models', 'check', 'small');
      expect(check).toMatchObject({ code: 0, model: 'small', precision: 'float32', tolerance: 0.9999, sound: true });
      expect(check.variants).toContainEqual(
        expect.objectContaining({
          variant: { runtime: 'onnx', engine: 'onnxruntime-node', device: 'cpu' },
          outcome: 'reference',
        }),
      );
    },
    COMMAND_MS,
  );

  it(
    'bench measures each batch size, and refuses sizes that are none',
    async () => {
      const args = ['models', 'bench', 'small', '--batches', '1,2', '--seconds', '0.1'];
      const { code, benched } = await documentOf<{
        benched: { variant: { runtime: string }; batch: number; rate: number; peakBytes: number }[];
      }>(...args);
      expect(code).toBe(0);
      const onnx = benched.filter(({ variant }) => variant.runtime === 'onnx');
      expect(onnx.map(({ batch }) => batch)).toEqual([1, 2]);
      for (const { rate, peakBytes } of onnx) {
        expect(rate).toBeGreaterThan(0);
        expect(peakBytes).toBeGreaterThan(1e6);
      }
      const refused = await run('models', 'bench', 'small', '--batches', '0');
      expect(refused.code).toBe(2);
      expect(refused.stderr).toContain('Expected whole numbers from 1 to 256');
    },
    COMMAND_MS,
  );
});

describe('likeness extract', () => {
  const ids = PICTURES.map((name) => `${name}\n`).join('');
  const extract = (out: string, ...more: string[]) =>
    run('extract', photos, '--out', out, '--encoder', 'small', ...more);

  it(
    'writes npy, parquet and ndjson with the ids beside them',
    async () => {
      const npy = await extract('features.npy');
      expect(npy).toMatchObject({ code: 0 });
      expect(npy.stdout).toContain('3 rows of 16 components (small, penultimate)');
      const bytes = await readFile(path.join(folder, 'features.npy'));
      expect(bytes.toString('latin1')).toContain("'shape': (3, 16)");
      expect(await readFile(path.join(folder, 'features.ids.txt'), 'utf8')).toBe(ids);

      expect(await extract('logits.parquet', '--tap', 'logits')).toMatchObject({ code: 0 });
      const file = await asyncBufferFromFile(path.join(folder, 'logits.parquet'));
      const rows = await parquetReadObjects({ file });
      expect(rows.map(({ id, vector }) => [id, (vector as number[]).length])).toEqual(PICTURES.map((id) => [id, 10]));

      expect(await extract('features.ndjson')).toMatchObject({ code: 0 });
      const lines = (await readFile(path.join(folder, 'features.ndjson'), 'utf8')).trimEnd().split('\n');
      const vectors = lines.map((line) => (JSON.parse(line) as { vector: number[] }).vector);
      const start = bytes.length - 4 * 3 * 16;
      expect(vectors.flat()).toEqual(Array.from({ length: 48 }, (_, i) => bytes.readFloatLE(start + 4 * i)));
    },
    COMMAND_MS,
  );

  it(
    'goes on from the rows of a run that could not end',
    async () => {
      // A folder where the file is to be: everything is computed, and then cannot be put there.
      await mkdir(path.join(folder, 'later.npy'));
      expect((await extract('later.npy')).code).toBe(1);
      await rm(path.join(folder, 'later.npy'), { recursive: true });
      const { code, stdout } = await extract('later.npy');
      expect(code).toBe(0);
      expect(stdout).toContain('3 rows of 16 components (small, penultimate), 3 of them from an earlier run');
      expect(await readFile(path.join(folder, 'later.ids.txt'), 'utf8')).toBe(ids);
    },
    COMMAND_MS,
  );

  it(
    'ends with 3 where a file is no picture, and says which',
    async () => {
      await writeFile(path.join(photos, 'broken.jpg'), 'this is no picture');
      const { code, stdout, stderr } = await extract('without.npy');
      await rm(path.join(photos, 'broken.jpg'));
      expect(code).toBe(3);
      expect(stdout).toContain('1 files left out');
      expect(stderr).toMatch(/left out broken\.jpg: .*image_format_unsupported/);
    },
    COMMAND_MS,
  );

  it(
    'refuses an unknown tap with those there are',
    async () => {
      const { code, stderr } = await extract('none.npy', '--tap', 'none');
      expect(code).toBe(1);
      expect(stderr).toContain('The encoder small has no tap "none". It has: penultimate, logits');
    },
    COMMAND_MS,
  );
});
