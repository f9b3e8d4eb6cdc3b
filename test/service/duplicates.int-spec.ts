import sharp from 'sharp';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { IngestImages, ListDuplicates, RejectDuplicates, type DuplicatePage } from '#libs/search';
import { drawScene } from '#libs/testing';
import { ServiceFixture } from './service-fixture.js';

let service: ServiceFixture;
beforeAll(async () => {
  service = await ServiceFixture.create();
});
afterAll(() => service.drop());

/** Waits until every image has been compared with the others. */
async function compared(): Promise<DuplicatePage> {
  for (;;) {
    const page = await service.get(ListDuplicates).list({ kind: 'near', limit: 10 });
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
