import { rm } from 'node:fs/promises';
import path from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { NearPairs } from '#libs/catalogue';
import { IngestImages, ListDuplicates, RejectDuplicates, type DuplicatePage } from '#libs/search';
import { drawScene, writeVariantModel } from '#libs/testing';
import { ServiceFixture } from './service-fixture.js';

let service: ServiceFixture;
let replaced: ServiceFixture;
beforeAll(async () => {
  service = await ServiceFixture.create();
  replaced = await ServiceFixture.create();
});
afterAll(async () => {
  await replaced.drop();
  await service.drop();
});

/** Waits until every image has been compared with the others. */
async function compared(of = service): Promise<DuplicatePage> {
  for (;;) {
    const page = await of.get(ListDuplicates).list({ kind: 'near', limit: 10 });
    if (page.unchecked === 0) return page;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
const idsOf = ({ groups }: DuplicatePage): number[][] =>
  groups.map(({ members }) => members.map(({ image }) => image.id));

test('images of an older version get their hashes in the background, and what was said of them outlives a restart', async () => {
  await service.start();
  const scene = await drawScene('forest', 1, { width: 160, height: 120 });
  const outcomes = await service.get(IngestImages).ingest([
    { name: 'one.png', bytes: scene },
    { name: 'small.jpg', bytes: await sharp(scene).resize(80).jpeg().toBuffer() },
    { name: 'mirrored.jpg', bytes: await sharp(scene).flop().jpeg().toBuffer() },
  ]);
  const [one = 0, small = 0, mirrored = 0] = outcomes.map((outcome) => ('image' in outcome ? outcome.image.id : 0));
  const before = idsOf(await compared());
  expect(before).toEqual([[one, ...before.flat().slice(1)]]);
  expect(new Set(before.flat())).toEqual(new Set([one, small, mirrored]));

  // As the migration leaves a database that had images already.
  await service.stop();
  await service.start({ LIKENESS_JOBS: 'false' });
  await service.query('DELETE FROM near_pair');
  await service.query('UPDATE image SET perceptual_hash = NULL');
  await service.query('INSERT INTO duplicate_check SELECT id FROM image');
  expect((await service.get(ListDuplicates).list({ kind: 'near', limit: 10 })).unchecked).toBe(3);
  await service.start();
  expect(idsOf(await compared())).toEqual(before);
  expect(await service.query('SELECT 1 FROM image WHERE perceptual_hash IS NULL')).toEqual([]);

  await service.get(RejectDuplicates).reject({ ids: [small], of: [one, mirrored] });
  await service.start();
  await service.get(RejectDuplicates).recheck();
  expect(idsOf(await compared())).toEqual([[one, mirrored]]);
});

test('where the encoder is gone, images wait to be compared until the next one has embedded them', async () => {
  await writeVariantModel(replaced.dataDir, 'variant');
  await replaced.start({ LIKENESS_ENCODER: 'variant' });
  const scene = await drawScene('forest', 1, { width: 160, height: 120 });
  const outcomes = await replaced.get(IngestImages).ingest([
    { name: 'one.png', bytes: scene },
    { name: 'small.jpg', bytes: await sharp(scene).resize(120).jpeg().toBuffer() },
  ]);
  const ids = outcomes.map((outcome) => ('image' in outcome ? outcome.image.id : 0));
  // Nothing is embedded until it is dropped.
  await replaced.query('ALTER TABLE embedding ADD CONSTRAINT held CHECK (false) NOT VALID');
  await replaced.stop();
  await rm(path.join(replaced.dataDir, 'models/variant'), { recursive: true });

  await replaced.start();
  const looks = vi.spyOn(replaced.get(NearPairs), 'useSpace');
  // One look begins after the one before has ended.
  await vi.waitUntil(() => looks.mock.settledResults.filter(({ value }) => value === true).length > 1, 30_000);
  await replaced.query('ALTER TABLE embedding DROP CONSTRAINT held');
  expect(idsOf(await compared(replaced))).toEqual([ids]);
});
