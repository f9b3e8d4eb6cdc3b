import { asyncBufferFromFile, parquetReadObjects } from 'hyparquet';
import { access, mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { loadSettings } from '#libs/config';
import { loadEncoder, type Encoder, type EncoderInput } from '#libs/encoder';
import { DomainError } from '#libs/errors';
import { SharpImageDecoder } from '#libs/imaging';
import { drawScene, galleryCategories } from '#libs/testing';
import { ExtractFeatures } from './extract-features.js';

const TAP = 'penultimate';
const PICTURES = ['a.jpg', 'b.jpg', 'sub/c.jpg', 'sub/d é.jpg'];

let folder: string;
let root: string;
let encoder: Encoder;
let use: ExtractFeatures;
let decoder: SharpImageDecoder;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'likeness-extract-'));
  const settings = loadSettings({ LIKENESS_DATA_DIR: path.join(folder, 'data'), LIKENESS_ENCODER_THREADS: '1' });
  encoder = await loadEncoder({ ...settings.encoder, dataDir: settings.data.dir });
  decoder = new SharpImageDecoder(settings.limits);
  use = new ExtractFeatures(encoder, decoder, settings.limits);
});
afterAll(async () => {
  await encoder.close();
  await rm(folder, { recursive: true, force: true });
});

beforeEach(async () => {
  root = await mkdtemp(path.join(folder, 'photos-'));
  await mkdir(path.join(root, 'sub'));
  for (const [at, name] of PICTURES.entries()) {
    const category = galleryCategories[at];
    if (category === undefined) throw new Error(`there are ${galleryCategories.length} kinds of scenes`);
    await writeFile(path.join(root, name), await drawScene(category, at, { width: 120, height: 90 }));
  }
  await writeFile(path.join(root, 'broken.jpg'), 'this is no picture');
});
afterEach(() => rm(root, { recursive: true, force: true }));

const extract = (out: string, signal = new AbortController().signal) =>
  use.extract({ root, out: path.join(root, out), tap: TAP }, signal);

/** Extracts with an encoder that fails for some pictures. */
function extractFailing(fails: (image: EncoderInput) => boolean) {
  const encode: Encoder['encode'] = (image, taps) =>
    fails(image) ? Promise.reject(new DomainError('encoder_failed', 'It overflows.')) : encoder.encode(image, taps);
  const failing = Object.assign(Object.create(encoder) as Encoder, { encode });
  const { limits } = loadSettings({});
  const order = { root, out: path.join(root, 'features.npy'), tap: TAP };
  return new ExtractFeatures(failing, decoder, limits).extract(order, new AbortController().signal);
}

/** What the encoder itself says of a file. */
async function answer(name: string): Promise<number[]> {
  const pixels = await decoder.view(await readFile(path.join(root, name)), encoder.info.view);
  return Array.from((await encoder.encode(pixels, [TAP]))[TAP] ?? []);
}

function parseNpy(bytes: Buffer): { header: string; dataAt: number; rows: number[][] } {
  expect(bytes.subarray(0, 8).toString('latin1')).toBe('\x93NUMPY\x01\x00');
  const dataAt = 10 + bytes.readUInt16LE(8);
  const header = bytes.subarray(10, dataAt).toString('latin1');
  const [, count = 0, width = 0] = (/'shape': \((\d+), (\d+)\)/.exec(header) ?? []).map(Number);
  expect(bytes.length).toBe(dataAt + 4 * count * width);
  const rows = Array.from({ length: count }, (_row, row) =>
    Array.from({ length: width }, (_column, column) => bytes.readFloatLE(dataAt + 4 * (row * width + column))),
  );
  return { header, dataAt, rows };
}

function expectClose(actual: readonly number[], expected: readonly number[]): void {
  expect(actual).toHaveLength(expected.length);
  const apart = Math.hypot(...actual.map((value, at) => value - (expected[at] ?? NaN)));
  expect(apart / Math.hypot(...expected)).toBeLessThan(1e-5);
}

const isThere = (name: string) =>
  access(path.join(root, name)).then(
    () => true,
    () => false,
  );

describe('extracting the features of a folder', () => {
  it('writes .npy with the rows of the encoder, sorted by path, and the ids beside it', async () => {
    const report = await extract('features.npy');
    expect(report).toMatchObject({ rows: 4, dimension: 512, resumed: 0 });
    expect(report.leftOut).toMatchObject([{ id: 'broken.jpg', code: 'image_format_unsupported' }]);
    const { header, dataAt, rows } = parseNpy(await readFile(report.out));
    expect(header).toMatch(/^\{'descr': '<f4', 'fortran_order': False, 'shape': \(4, 512\), \} *\n$/);
    expect(dataAt % 64).toBe(0);
    expect(await readFile(path.join(root, 'features.ids.txt'), 'utf8')).toBe(
      PICTURES.map((name) => `${name}\n`).join(''),
    );
    for (const [at, name] of PICTURES.entries()) expectClose(rows[at] ?? [], await answer(name));
    expect(await isThere('features.npy.partial')).toBe(false);
    expect(await isThere('features.npy.partial.done')).toBe(false);
  });

  it('writes the same rows as parquet and NDJSON', async () => {
    const { rows } = parseNpy(await readFile((await extract('features.npy')).out));
    // The result of the first run is no picture of the second.
    await rm(path.join(root, 'features.npy'));
    await rm(path.join(root, 'features.ids.txt'));
    const parquet = await extract('features.parquet');
    const read = await parquetReadObjects({ file: await asyncBufferFromFile(parquet.out) });
    expect(read.map(({ id }) => String(id))).toEqual(PICTURES);
    for (const [at, { vector }] of read.entries()) expectClose(vector as number[], rows[at] ?? []);
    await rm(parquet.out);
    const lines = (await readFile((await extract('features.ndjson')).out, 'utf8')).trimEnd().split('\n');
    const objects = lines.map((line) => JSON.parse(line) as { id: string; vector: number[] });
    expect(objects.map(({ id }) => id)).toEqual(PICTURES);
    for (const [at, { vector }] of objects.entries()) expectClose(vector, rows[at] ?? []);
  });

  it('goes on where an interrupted run stopped', async () => {
    const stop = new AbortController();
    stop.abort(new Error('stopped by the test'));
    await expect(extract('features.npy', stop.signal)).rejects.toThrow('stopped by the test');
    expect(await isThere('features.npy')).toBe(false);
    const done = path.join(root, 'features.npy.partial.done');
    const [head = ''] = (await readFile(done, 'utf8')).split('\n');

    // As a killed run leaves it: a whole row, a row whose file has changed since, and a line cut short.
    const { size, mtimeMs } = await stat(path.join(root, 'a.jpg'));
    const line = { id: 'a.jpg', size, modifiedMs: Math.round(mtimeMs), row: 0 };
    const marked = Float32Array.from(await answer('a.jpg'), (value) => value + 1);
    await writeFile(path.join(root, 'features.npy.partial'), new Uint8Array(marked.buffer));
    const stale = { ...line, id: 'b.jpg', modifiedMs: 1 };
    await writeFile(done, `${head}\n${JSON.stringify(line)}\n${JSON.stringify(stale)}\n{"id":"sub/c.j`);

    const report = await extract('features.npy');
    expect(report).toMatchObject({ rows: 4, resumed: 1 });
    const { rows } = parseNpy(await readFile(report.out));
    expect(rows[0]).toEqual(Array.from(marked));
    for (const at of [1, 2, 3]) expectClose(rows[at] ?? [], await answer(PICTURES[at] ?? ''));
  });

  it('leaves out a picture that the encoder fails for', async () => {
    const { data } = await decoder.view(await readFile(path.join(root, 'b.jpg')), encoder.info.view);
    const report = await extractFailing((image) => Buffer.compare(image.data, data) === 0);
    expect(report).toMatchObject({ rows: 3 });
    expect(report.leftOut).toMatchObject([
      { id: 'b.jpg', code: 'encoder_failed', detail: 'It overflows.' },
      { id: 'broken.jpg', code: 'image_format_unsupported' },
    ]);
  });

  it.each(['every picture', 'every picture of the folder'])('ends where the encoder fails for %s', async (what) => {
    const files = await Promise.all(PICTURES.map((name) => readFile(path.join(root, name))));
    const views = await Promise.all(files.map((bytes) => decoder.view(bytes, encoder.info.view)));
    const ofFolder = (image: EncoderInput) => views.some(({ data }) => Buffer.compare(image.data, data) === 0);
    const extracted = extractFailing(what === 'every picture' ? () => true : ofFolder);
    await expect(extracted).rejects.toMatchObject({ code: 'encoder_failed', message: 'It overflows.' });
    expect(await isThere('features.npy')).toBe(false);
  });

  it('holds no more bytes of files at once than it may', async () => {
    const [files, bytes] = [32, 60 * 1024];
    const large = path.join(root, 'large');
    await mkdir(large);
    for (let n = 0; n < files; n++) await writeFile(path.join(large, `${n}.tiff`), Buffer.alloc(bytes));
    let held = 0;
    let most = 0;
    const view: SharpImageDecoder['view'] = async ({ length }, { size }) => {
      most = Math.max(most, (held += length));
      await sleep(1);
      held -= length;
      return { width: size, height: size, data: new Uint8Array(3 * size ** 2) };
    };
    const counting = Object.assign(Object.create(decoder) as SharpImageDecoder, { view });
    const bounded = new ExtractFeatures(encoder, counting, loadSettings({}).limits, 128 * 1024);
    const order = { root: large, out: path.join(root, 'features.npy'), tap: TAP };
    expect(await bounded.extract(order, new AbortController().signal)).toMatchObject({ rows: files, leftOut: [] });
    expect(most).toBeGreaterThan(0);
    expect(most).toBeLessThanOrEqual(128 * 1024);
  });

  it('begins anew where what is left is of another tap', async () => {
    const head = { root, fingerprint: encoder.info.fingerprint, tap: 'another', dimension: 512 };
    await writeFile(path.join(root, 'features.npy.partial.done'), `${JSON.stringify(head)}\n`);
    expect(await extract('features.npy')).toMatchObject({ rows: 4, resumed: 0 });
  });

  it('refuses an unknown ending, an unknown tap, and a folder that is not there', async () => {
    await expect(extract('features.csv')).rejects.toMatchObject({ code: 'invalid_usage' });
    await expect(extract('none/features.npy')).rejects.toMatchObject({ code: 'output_unwritable' });
    const { signal } = new AbortController();
    const out = path.join(root, 'features.npy');
    await expect(use.extract({ root, out, tap: 'none' }, signal)).rejects.toMatchObject({ code: 'tap_not_found' });
    const gone = path.join(root, 'none');
    await expect(use.extract({ root: gone, out, tap: TAP }, signal)).rejects.toMatchObject({
      code: 'import_source_unreadable',
    });
  });
});
