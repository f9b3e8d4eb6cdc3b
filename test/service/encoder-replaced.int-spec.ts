import { rm } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { FindSimilar, ReadReindex, ReindexEncoder } from '#libs/search';
import { writeVariantModel } from '#libs/testing';
import { ingestPictures, picture } from './ingest-pictures.js';
import { ServiceFixture } from './service-fixture.js';

/** What `models import --replace` of the encoder in use leaves: a change to its successor, and nothing of itself. */
const IMAGES = 4;
const SETTINGS = { LIKENESS_ENCODER_THREADS: '1' };

let service: ServiceFixture;
beforeAll(async () => {
  service = await ServiceFixture.create();
  await writeVariantModel(service.dataDir, 'before');
  await service.start({ ...SETTINGS, LIKENESS_ENCODER: 'before' });
  await ingestPictures(service, 0, IMAGES);
  // Nobody embeds until the next start.
  await service.start({ ...SETTINGS, LIKENESS_JOBS: 'false' });
  await writeVariantModel(service.dataDir, 'successor', 'lanczos3');
  await service.get(ReindexEncoder).start({ encoder: 'successor' });
  await service.stop();
  await rm(path.join(service.dataDir, 'models/before'), { recursive: true });
  await service.start(SETTINGS);
});
afterAll(() => service.drop());

it('goes on with the change that is under way where the encoder in use is gone, not with the one of the settings', async () => {
  const reindex = service.get(ReadReindex);
  expect(await reindex.read()).toMatchObject({
    active: { encoder: 'successor' },
    previous: { encoder: 'before' },
    target: { encoder: 'successor' },
  });
  let last: string | undefined;
  for await (const { status } of reindex.watch(AbortSignal.timeout(100_000))) last = status;
  expect(last).toBe('done');
  const { encoder, hits } = await service.get(FindSimilar).byUpload(await picture(1));
  expect([encoder.name, hits.length]).toEqual(['successor', IMAGES]);
  expect(await service.query('SELECT status FROM reindex')).toEqual([{ status: 'done' }]);
}, 120_000);
