import { Logger } from '@nestjs/common';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { FileBlobStore, JobQueue, type BlobStore, type ThumbnailStore } from '#libs/catalogue';
import { loadSettings } from '#libs/config';
import { Encoder, type EncoderInfo, type EncoderInput, type TapVectors } from '#libs/encoder';
import { DomainError } from '#libs/errors';
import { HttpImageFetcher, parseAllowList } from '#libs/fetching';
import { ImageTrial, type ImageDecoder, type PixelView, type PreparedImage } from '#libs/imaging';
import { createTestDatabase } from '#libs/testing';
import { CatalogueFixture, TAP } from '../../../catalogue/src/postgres/testing/catalogue-fixture.js';
import { ImportRunner } from '../imports/import-runner.js';
import { ItemReader } from '../imports/item-reader.js';
import { ActiveEncoder } from '../service/active-encoder.js';
import { Metrics } from '../service/metrics.js';
import { EmbedImage } from '../spaces/embed-image.js';
import { IngestTarget } from '../spaces/ingest-target.js';
import { KnownSpaces } from '../spaces/known-spaces.js';
import { LoadedEncoders } from '../spaces/loaded-encoders.js';
import { PrepareImage } from './prepare-image.js';
import { StoreImages, type Candidate } from './store-images.js';

const SIZE = 2;
const DIMENSION = 8;

/** Fails for the pictures that `fails` names. */
class Failing extends Encoder {
  fails: (image: EncoderInput) => boolean = () => false;

  override readonly info: EncoderInfo = {
    name: 'failing',
    fingerprint: 'ab'.repeat(32),
    view: { size: SIZE, resize: { rule: 'shortest-side', to: SIZE }, kernel: 'cubic', antialias: true },
    taps: [{ name: TAP, dimension: DIMENSION }],
    runtime: 'onnx',
    device: 'cpu',
    engine: 'none',
  };
  override readonly broken = false;
  override encode = <T extends string>(image: EncoderInput, taps: readonly T[]) =>
    this.fails(image)
      ? Promise.reject(new DomainError('encoder_failed', 'The device is lost.'))
      : Promise.resolve(
          Object.fromEntries(taps.map((tap) => [tap, new Float32Array(DIMENSION).fill(1)])) as TapVectors<T>,
        );
  override cells = () => Promise.reject(new Error('not asked here'));
  override close = () => Promise.resolve();
}

/** All pixels of a picture have the value of the file's only byte. */
const decoder = {
  prepare: (bytes: Buffer, { size }: PixelView): Promise<PreparedImage> =>
    Promise.resolve({
      facts: { format: 'png', width: size, height: size, bytes: bytes.length, frames: 1 },
      pixels: { width: size, height: size, data: new Uint8Array(3 * size ** 2).fill(bytes[0] ?? 0) },
      thumbnail: { mediaType: 'image/jpeg', data: Buffer.from('a thumbnail') },
      perceptualHash: '0'.repeat(16),
    }),
} as unknown as ImageDecoder;

const kept = { put: () => Promise.resolve(), ensure: () => Promise.resolve() };

class Unmeasured extends Metrics {
  override observeStage = () => undefined;
  override countIngest = () => undefined;
  override countSearch = () => undefined;
}

/** Hands no job out by itself. */
class Queue extends JobQueue {
  job: (data: object) => Promise<void> = () => Promise.reject(new Error('nobody works'));

  override send = () => Promise.resolve();
  override schedule = () => Promise.resolve();
  override work = (_queue: string, handler: Queue['job']) => {
    this.job = handler;
    return Promise.resolve();
  };
}

class NoTrial extends ImageTrial {
  override survives = () => Promise.resolve(true);
}

let catalogue: CatalogueFixture;
let folder: string;
let storeInto: (blobs: BlobStore) => StoreImages;
let store: StoreImages;
const encoder = new Failing();

beforeAll(async () => {
  catalogue = await CatalogueFixture.open(await createTestDatabase());
  const { space, spaces, reader, writer, changeLog } = catalogue;
  await spaces.want('active', [{ ...space, dimension: DIMENSION }]);
  await spaces.activate(space, null);
  const encoders = new LoadedEncoders();
  encoders.add(space.encoderId, encoder);
  const known = new KnownSpaces(spaces, changeLog);
  await known.refresh();
  const active = new ActiveEncoder(encoders);
  active.activate(space);
  const target = new IngestTarget(known, active, new EmbedImage(decoder, encoders));
  const thumbnails = kept as unknown as ThumbnailStore;
  storeInto = (blobs) => {
    const prepare = new PrepareImage(decoder, target, blobs, thumbnails, new Unmeasured());
    return new StoreImages(prepare, reader, writer, blobs, target);
  };
  store = storeInto(kept as unknown as BlobStore);
});
afterAll(() => catalogue.drop());

let names = 0;
const picture = (value: number): Candidate => ({
  bytes: Buffer.of(value),
  source: { kind: 'upload', key: `${++names}.png` },
  referencePath: null,
});
const countImages = async () =>
  (await catalogue.database.query<{ n: number }>('SELECT count(*)::int AS n FROM image'))[0]?.n;

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'likeness-failing-'));
});
afterEach(async () => {
  vi.restoreAllMocks();
  await rm(folder, { recursive: true, force: true });
});

describe('an encoder that fails', () => {
  it('for one picture fails that one alone', async () => {
    encoder.fails = ({ data }) => data.every((byte) => byte === 255);
    const results = await store.store([picture(1), picture(255), picture(2)]);
    expect(results).toMatchObject([
      { status: 'stored' },
      { status: 'failed', error: { code: 'encoder_failed' } },
      { status: 'stored' },
    ]);
  });

  it('for every picture fails none, and stores nothing', async () => {
    const before = await countImages();
    encoder.fails = () => true;
    await expect(store.store([picture(11), picture(12)])).rejects.toMatchObject({
      code: 'encoder_invalid',
      message: 'The encoder failing fails for every picture: The device is lost.',
    });
    expect(await countImages()).toBe(before);
  });

  it('for every picture of an import lets it wait', async () => {
    for (const value of [21, 22, 23]) await writeFile(path.join(folder, `${value}.png`), Buffer.of(value));
    const { id } = await catalogue.imports.create({ root: folder, reference: false, removeVanished: false });
    const warn = vi.spyOn(Logger.prototype, 'warn');
    const pausing = new Promise<void>((resolve) => warn.mockImplementation(() => resolve()));
    encoder.fails = () => true;
    const first = await runnerWith();
    const ended = first.job({ importId: id });
    await Promise.race([pausing, ended]);
    await first.runner.stop();
    await ended;
    expect(await catalogue.imports.find(id)).toMatchObject({ status: 'running', done: 0, failed: 0, left: 3 });
    expect(warn.mock.calls.flat().join()).toContain('The encoder failing fails for every picture: The device is lost.');

    encoder.fails = () => false;
    const second = await runnerWith();
    await second.job({ importId: id });
    await second.runner.stop();
    expect(await catalogue.imports.find(id)).toMatchObject({ status: 'done', done: 3, failed: 0, left: 0 });
  });
});

describe('a folder of originals that is not there', () => {
  it('lets an import wait', async () => {
    const images = path.join(folder, 'images');
    const originals = path.join(folder, 'originals');
    await mkdir(images);
    for (const value of [31, 32, 33]) await writeFile(path.join(images, `${value}.png`), Buffer.of(value));
    await writeFile(originals, 'no folder');
    const { id } = await catalogue.imports.create({ root: images, reference: false, removeVanished: false });
    const warn = vi.spyOn(Logger.prototype, 'warn');
    const pausing = new Promise<void>((resolve) => warn.mockImplementation(() => resolve()));
    const intoFolder = storeInto(new FileBlobStore(originals));
    const first = await runnerWith(intoFolder);
    const ended = first.job({ importId: id });
    await Promise.race([pausing, ended]);
    await first.runner.stop();
    await ended;
    expect(await catalogue.imports.find(id)).toMatchObject({ status: 'running', done: 0, failed: 0, left: 3 });
    expect(warn.mock.calls.flat().join()).toContain('ENOTDIR');

    await rm(originals);
    const second = await runnerWith(intoFolder);
    await second.job({ importId: id });
    await second.runner.stop();
    expect(await catalogue.imports.find(id)).toMatchObject({ status: 'done', done: 3, failed: 0, left: 0 });
  });
});

/** A runner as of a process that has just started, and what does a job of it. */
async function runnerWith(storing = store) {
  const queue = new Queue();
  const fetcher = new HttpImageFetcher({ enabled: false, allowed: parseAllowList([]), maxBytes: 1, timeoutMs: 1 });
  const items = new ItemReader(loadSettings({}), fetcher, new NoTrial());
  const runner = new ImportRunner(catalogue.imports, queue, storing, items, new Unmeasured());
  await runner.start();
  return { runner, job: (data: object) => queue.job(data) };
}
