import { Logger } from '@nestjs/common';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { PostgresEncoders, sameSpace, type EmbeddingSpace } from '#libs/catalogue';
import { Encoder, type EncoderInfo } from '#libs/encoder';
import { createTestDatabase } from '#libs/testing';
import { ExactVectorIndex, FolderIndexes, type IndexKey } from '#libs/vector-index';
import { arrival, CatalogueFixture, newImage, TAP } from '../../../catalogue/src/postgres/testing/catalogue-fixture.js';
import { MemoryFilters } from '../../../vector-index/test/index-fixture.js';
import type { ScoreArrivals } from '../classifiers/score-arrivals.js';
import { ActiveEncoder } from '../service/active-encoder.js';
import type { EncoderLoader } from '../service/encoder-loader.js';
import { KnownSpaces } from './known-spaces.js';
import { LiveSpaces } from './live-spaces.js';
import { LoadedEncoders } from './loaded-encoders.js';
import { OpenEncoders } from './open-encoders.js';
import { SpaceFollowers } from './space-followers.js';

const DIMENSION = 8;
const FINGERPRINTS = { test: 'ab'.repeat(32), another: 'cd'.repeat(32) };

class NamedEncoder extends Encoder {
  override readonly info: EncoderInfo;
  override readonly broken = false;
  constructor(name: keyof typeof FINGERPRINTS) {
    super();
    const view = { size: 2, resize: { rule: 'stretch', to: 2 }, kernel: 'cubic', antialias: true } as const;
    const taps = [{ name: TAP, dimension: DIMENSION }];
    this.info = {
      name,
      fingerprint: FINGERPRINTS[name],
      view,
      taps,
      runtime: 'onnx',
      device: 'cpu',
      engine: 'none',
    };
  }
  override encode = () => Promise.reject(new Error('not asked here'));
  override cells = () => Promise.reject(new Error('not asked here'));
  override close = () => Promise.resolve();
}

/** Indexes on the disk, whose removal waits for the test. */
class SlowToRemove extends FolderIndexes {
  readonly begun: IndexKey[] = [];
  goOn = (): void => undefined;
  private readonly mayGoOn = new Promise<void>((resolve) => (this.goOn = resolve));
  override async remove(key: IndexKey): Promise<void> {
    this.begun.push(key);
    await this.mayGoOn;
    await super.remove(key);
  }
}

let catalogue: CatalogueFixture;
let folder: string;
let indexes: SlowToRemove;
let known: KnownSpaces;
let spaces: LiveSpaces;
beforeEach(async () => {
  catalogue = await CatalogueFixture.open(await createTestDatabase());
  folder = await mkdtemp(path.join(tmpdir(), 'likeness-spaces-'));
  const options = { filters: new MemoryFilters(), ef: 64, sealAt: 8192, exactLimit: 1000, workers: 1 };
  indexes = new SlowToRemove(folder, (dir) => new ExactVectorIndex({ ...options, dir, onNote: () => undefined }));
  const loader: EncoderLoader = {
    load: (name) => Promise.resolve(new NamedEncoder(name as keyof typeof FINGERPRINTS)),
    nameOf: (_fingerprint, likely) => Promise.resolve(likely),
  };
  const loaded = new LoadedEncoders();
  const arrivals = { score: () => Promise.resolve(), sweepAgain: () => undefined } as unknown as ScoreArrivals;
  const inUse = new ActiveEncoder(loaded);
  known = new KnownSpaces(catalogue.spaces, catalogue.changeLog);
  const encoders = new OpenEncoders(loader, new PostgresEncoders(catalogue.database), loaded);
  const followers = new SpaceFollowers(catalogue.changeLog, arrivals, inUse);
  spaces = new LiveSpaces(known, encoders, indexes, followers, inUse);
  await catalogue.spaces.want('active', [{ ...catalogue.space, dimension: DIMENSION }]);
  await catalogue.spaces.activate(catalogue.space, null);
  await known.start();
  await spaces.start();
});
afterEach(async () => {
  indexes.goOn();
  await spaces.stop();
  await known.stop();
  await catalogue.drop();
  await rm(folder, { recursive: true });
});

const live = (space: EmbeddingSpace) => spaces.all().find((one) => sameSpace(one.space, space));

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await sleep(20);
}

/** A space beside the one in use, with an image in it, that is searched here. */
async function another(): Promise<EmbeddingSpace> {
  const space = await catalogue.wantedSpace(DIMENSION);
  await known.refresh();
  await until(() => live(space) !== undefined);
  const vector = Float32Array.from({ length: DIMENSION }, (_, at) => at + 1);
  const embeddings = [
    { ...catalogue.space, vector },
    { ...space, vector },
  ];
  const { sequence } = await catalogue.storeOne({ ...arrival('one'), image: newImage('one', { embeddings }) });
  await live(space)?.follower.reached(sequence);
  return space;
}

describe('a space that is given up', { timeout: 120_000 }, () => {
  it('is opened again, where it is taken up while it is being closed, only once that is over', async () => {
    const warn = vi.spyOn(Logger.prototype, 'warn');
    onTestFinished(() => warn.mockRestore());
    const space = await another();
    const former = live(space);
    await catalogue.spaces.want('reindex', []);
    await known.refresh();
    // Nobody takes it up again until the wait before it is closed is over.
    await until(() => indexes.begun.length > 0);
    await catalogue.wantedSpace(DIMENSION);
    await known.refresh();
    // Long enough for an index that does not wait to be opened.
    await sleep(500);
    indexes.goOn();
    await until(() => live(space) !== undefined);
    const now = live(space);
    expect(now).not.toBe(former);
    expect(now?.index).toBe(indexes.of({ fingerprint: FINGERPRINTS.another, tap: TAP }));
    expect(now?.index.stats()).toMatchObject({ live: 1 });
    await now?.index.flush({ seal: true });
    expect(await now?.index.damage()).toEqual([]);
    expect(await readdir(path.join(folder, `${FINGERPRINTS.another.slice(0, 16)}-${TAP}`))).toContain('manifest.json');
    expect(warn).not.toHaveBeenCalled();
  });

  it('stays open while a search is in the middle of it, however long that takes', async () => {
    const space = await another();
    const used = live(space);
    if (!used) throw new Error('it is not searched here');
    await spaces.whileUsed(used, async () => {
      await catalogue.spaces.want('reindex', []);
      await known.refresh();
      await until(() => live(space) === undefined);
      // Taken up again, it would be closed at once.
      await catalogue.wantedSpace(DIMENSION);
      await known.refresh();
      await sleep(500);
      const { hits } = await used.index.search({ vector: new Float32Array(DIMENSION).fill(1), k: 5 });
      expect(hits).toHaveLength(1);
    });
    indexes.goOn();
    await until(() => live(space) !== undefined);
    expect(live(space)).not.toBe(used);
  });
});
