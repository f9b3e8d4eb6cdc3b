import { rename } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BUNDLED_ENCODER } from '#libs/config';
import type { Encoder, EncoderInput } from '#libs/encoder';
import { DomainError } from '#libs/errors';
import { ImageDecoder } from '#libs/imaging';
import {
  BackfillEncoder,
  FindSimilar,
  LiveSpaces,
  LoadedEncoders,
  ReadReindex,
  ReadStats,
  ReindexEncoder,
  VerifyIndex,
} from '#libs/search';
import { writeVariantModel } from '#libs/testing';
import { ingestPictures, picture } from './ingest-pictures.js';
import { ServiceFixture } from './service-fixture.js';

const SETTINGS = { LIKENESS_INDEX_SEAL_AT: '16', LIKENESS_ENCODER_THREADS: '1' };
const IMAGES = 40;

let service: ServiceFixture;
beforeAll(async () => {
  service = await ServiceFixture.create();
  await writeVariantModel(service.dataDir, 'variant');
  await service.start(SETTINGS);
  await ingest(0, IMAGES);
});
afterAll(() => service.drop());

const ingest = (first: number, count: number) => ingestPictures(service, first, count);

/** Searches all the while; every picture must find itself whatever encoder is in use. */
async function searching<T>(work: () => Promise<T>): Promise<{ result: T; encoders: Set<string>; searches: number }> {
  const encoders = new Set<string>();
  let searches = 0;
  let over = false;
  const search = (async () => {
    for (let turn = 0; !over; turn++) {
      const bytes = await picture(turn % IMAGES);
      const answer = await service.get(FindSimilar).byUpload(bytes, { k: 3 });
      expect(answer.hits[0]?.score).toBeGreaterThan(0.999);
      expect(answer.hits).toHaveLength(3);
      encoders.add(answer.encoder.name);
      searches++;
    }
  })();
  try {
    const result = await work();
    over = true;
    await search;
    return { result, encoders, searches };
  } finally {
    over = true;
    await search.catch(() => undefined);
  }
}

async function ended(): Promise<void> {
  for await (const view of service.get(ReadReindex).watch(AbortSignal.timeout(100_000)))
    if (view.status !== 'running') expect(view.status).toBe('done');
}

async function inUse(encoder: string): Promise<void> {
  while (service.get(LiveSpaces).active.encoder.info.name !== encoder) await sleep(50);
}

/** Until `work` has ended the encoder of that number fails for some pictures. */
async function whileFailing(encoderId: number, fails: (image: EncoderInput) => boolean, work: () => Promise<void>) {
  const loaded = service.get(LoadedEncoders);
  const encoder = loaded.get(encoderId);
  const encode: Encoder['encode'] = (image, taps) =>
    fails(image) ? Promise.reject(new DomainError('encoder_failed', 'It overflows.')) : encoder.encode(image, taps);
  loaded.add(encoderId, Object.assign(Object.create(encoder) as Encoder, { encode }));
  await work().finally(() => loaded.add(encoderId, encoder));
}

const view = () => service.get(ReadReindex).read();

/** Where the original of image 1 is kept. */
async function firstOriginal(): Promise<string> {
  const [row] = await service.query<{ hash: string }>(`SELECT encode(sha256, 'hex') AS hash FROM image WHERE id = 1`);
  return path.join(service.dataDir, 'blobs', row?.hash.slice(0, 2) ?? '', row?.hash ?? '');
}

describe('another encoder', { timeout: 120_000 }, () => {
  it('is refused where there is none, and where it is in use', async () => {
    const reindex = service.get(ReindexEncoder);
    await expect(reindex.start({ encoder: 'nothing' })).rejects.toMatchObject({ code: 'model_not_found' });
    await expect(reindex.start({ encoder: 'variant', tap: 'stage9' })).rejects.toMatchObject({ code: 'tap_not_found' });
    await expect(reindex.start({ encoder: BUNDLED_ENCODER })).rejects.toMatchObject({ code: 'reindex_state_conflict' });
    await expect(reindex.rollback()).rejects.toMatchObject({ code: 'reindex_state_conflict' });
    await expect(reindex.removeOld()).rejects.toMatchObject({ code: 'reindex_state_conflict' });
    await expect(service.get(FindSimilar).byId(1, { encoder: 'variant' })).rejects.toMatchObject({
      code: 'space_not_found',
      message: expect.stringContaining(`${BUNDLED_ENCODER}/penultimate`),
    });
  });

  it('takes over while searches go on and images arrive', async () => {
    const { encoders } = await searching(async () => {
      await service.get(ReindexEncoder).start({ encoder: 'variant' });
      await ingest(IMAGES, 8);
      await ended();
      await inUse('variant');
      await service.get(FindSimilar).byUpload(await picture(0));
    });
    expect([...encoders]).toContain(BUNDLED_ENCODER);
    expect(await view()).toMatchObject({
      status: 'done',
      active: { encoder: 'variant' },
      previous: { encoder: BUNDLED_ENCODER },
      spaces: [{ complete: true }, { complete: true }],
    });
    const report = await service.get(VerifyIndex).verify({ deep: true });
    expect(report).toMatchObject({ ok: true });
    expect(new Set(report.checks.map((check) => check.space))).toEqual(
      new Set([undefined, `${BUNDLED_ENCODER}/penultimate`]),
    );
  });

  it('can be compared with the former one, search by search', async () => {
    const similar = service.get(FindSimilar);
    const bytes = await picture(3);
    const old = await similar.byUpload(bytes, { encoder: BUNDLED_ENCODER });
    const now = await similar.byUpload(bytes);
    expect([old.encoder.name, now.encoder.name]).toEqual([BUNDLED_ENCODER, 'variant']);
    expect(old.hits[0]?.id).toBe(now.hits[0]?.id);
    await expect(similar.byUpload(bytes, { tap: 'stage4' })).rejects.toMatchObject({ code: 'space_not_found' });
  });

  it('stays after a restart, and is gone back from with nothing lost', async () => {
    await service.start(SETTINGS);
    expect((await view()).active.encoder).toBe('variant');
    await ingest(IMAGES + 8, 4);
    await searching(async () => {
      await service.get(ReindexEncoder).rollback();
      await inUse(BUNDLED_ENCODER);
    });
    expect(await view()).toMatchObject({ status: 'rolled-back', previous: { encoder: 'variant' } });
    expect(await service.get(VerifyIndex).verify({ deep: true })).toMatchObject({ ok: true });
  });

  it('is removed, vectors and index', async () => {
    await searching(async () => {
      await service.get(ReindexEncoder).removeOld();
      while ((await view()).leftovers) await sleep(100);
    });
    expect(await view()).toMatchObject({ previous: null, spaces: [{ encoder: BUNDLED_ENCODER }] });
    expect(await service.query('SELECT DISTINCT encoder_id FROM embedding')).toHaveLength(1);
  });

  /** Changes over while the original of an image is gone: it waits, and goes on without it once that is accepted. */
  async function decidedFor(encoder: string): Promise<void> {
    const reindex = service.get(ReindexEncoder);
    await reindex.start({ encoder, tap: 'stage4' });
    while ((await view()).status === 'running') await sleep(100);
    expect(await view()).toMatchObject({
      status: 'waiting',
      active: { encoder: BUNDLED_ENCODER },
      unusable: [{ imageId: 1, error: { code: 'original_missing' } }],
    });
    await reindex.start({ encoder, tap: 'stage4', acceptMissing: true });
    await ended();
    await inUse(encoder);
  }

  it('waits for a decision where an original is gone', async () => {
    await rename(await firstOriginal(), path.join(service.folder, 'away'));
    await decidedFor('variant');
    expect((await service.get(FindSimilar).byUpload(await picture(5))).encoder).toMatchObject({ tap: 'stage4' });
  });

  it('waits for it again after a rollback, though the space is kept up to date', async () => {
    await service.get(ReindexEncoder).rollback();
    await inUse(BUNDLED_ENCODER);
    await decidedFor('variant');
  });

  it('waits for a decision where an image cannot be encoded, and blames none while the encoder fails for all', async () => {
    const { space, encoder } = service.get(LiveSpaces).choose({ encoder: BUNDLED_ENCODER });
    const to = { encoder: BUNDLED_ENCODER, tap: 'logits' };
    await whileFailing(
      space.encoderId,
      () => true,
      async () => {
        const filled = service.get(BackfillEncoder).run([{ ...space, tap: to.tap }], new AbortController().signal);
        await expect(filled).rejects.toMatchObject({ code: 'encoder_failed' });
        expect(await service.query(`SELECT image_id FROM embedding_gap WHERE tap = 'logits'`)).toEqual([]);
      },
    );

    const bytes = await picture(7);
    const imageId = (await service.get(FindSimilar).byUpload(bytes)).hits[0]?.id;
    const { data } = await service.get(ImageDecoder).view(bytes, encoder.info.view);
    const isBad = (image: EncoderInput) => Buffer.compare(image.data, data) === 0;
    await whileFailing(space.encoderId, isBad, async () => {
      const reindex = service.get(ReindexEncoder);
      await reindex.start(to);
      while ((await view()).status === 'running') await sleep(100);
      expect(await view()).toMatchObject({
        status: 'waiting',
        active: { encoder: 'variant' },
        unusable: [
          { imageId: 1, error: { code: 'original_missing' } },
          { imageId, error: { code: 'encoder_failed', detail: 'It overflows.' } },
        ],
      });
      await reindex.start({ ...to, acceptMissing: true });
      await ended();
      await inUse(BUNDLED_ENCODER);
    });
  });

  it('tells what could not be embedded from what is still to be, and tries it again', async () => {
    const { ok, checks } = await service.get(VerifyIndex).verify();
    expect(ok).toBe(false);
    expect(checks.filter((check) => !check.ok)).toMatchObject([
      {
        name: 'embeddable',
        wrong: 2,
        problems: [expect.stringMatching(/^image 1: /), expect.stringMatching(/: It overflows\.$/)],
      },
      { name: 'embeddable', wrong: 1, space: 'variant/stage4', problems: [expect.stringMatching(/^image 1: /)] },
      { name: 'originals', wrong: 1 },
    ]);
    const backfill = async () => (await service.get(ReadStats).stats()).backfill;
    expect(await backfill()).toMatchObject({ left: 0, unusable: 2 });

    await rename(path.join(service.folder, 'away'), await firstOriginal());
    await service.get(VerifyIndex).verify({ repair: true });
    await service.backfilled();
    expect(await service.get(VerifyIndex).verify({ deep: true })).toMatchObject({ ok: true });
    expect(await backfill()).toMatchObject({ left: 0, unusable: 0 });
    expect((await service.get(FindSimilar).byUpload(await picture(0))).hits[0]).toMatchObject({ id: 1 });
    expect(await service.query('SELECT * FROM embedding_gap')).toEqual([]);
  });
});
