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
let plain: ServiceFixture;
beforeAll(async () => {
  service = await ServiceFixture.create();
  replaced = await ServiceFixture.create();
  plain = await ServiceFixture.create();
});
afterAll(async () => {
  await plain.drop();
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

test('pictures of plain colour and slopes of light are duplicates of those of the same colour alone', async () => {
  const flat = (background: string | Record<'r' | 'g' | 'b' | 'alpha', number>, width: number, height: number) =>
    sharp({ create: { width, height, channels: 4, background } });
  const slope = (from: string, to: string, at: string) =>
    sharp(
      Buffer.from(
        `<svg xmlns="http://www.w3.org/2000/svg" width="400" height="300"><defs><linearGradient id="slope" x1="0" y1="0" ${at}>
           <stop offset="0" stop-color="${from}"/><stop offset="1" stop-color="${to}"/></linearGradient></defs>
           <rect width="400" height="300" fill="url(#slope)"/></svg>`,
      ),
    ).png();
  const pictures = {
    'green.tiff': flat('rgb(0, 128, 0)', 600, 400).tiff(),
    'green.jpg': flat('rgb(0, 128, 0)', 300, 200).jpeg(),
    'one.png': flat('red', 1, 1).png(),
    'strip.webp': flat({ r: 0, g: 0, b: 0, alpha: 0 }, 3000, 20).webp(),
    'grey.png': flat('rgb(120, 120, 120)', 500, 500).png(),
    'red.webp': flat('red', 300, 300).webp({ quality: 50 }),
    'grey.webp': flat('rgb(127, 127, 127)', 300, 300).webp({ quality: 50 }),
    'brown.webp': flat('rgb(200, 100, 51)', 300, 300).webp({ quality: 50 }),
    'right.png': slope('navy', 'cyan', 'x2="1" y2="0"'),
    'down.png': slope('navy', 'cyan', 'x2="0" y2="1"'),
    'left.png': slope('white', 'black', 'x2="1" y2="0"'),
  };
  await plain.start();
  const named = await Promise.all(
    Object.entries(pictures).map(async ([name, picture]) => ({ name, bytes: await picture.toBuffer() })),
  );
  const outcomes = await plain.get(IngestImages).ingest(named);
  const ids = outcomes.map((outcome) => ('image' in outcome ? outcome.image.id : 0));
  const names = (id: number) => named[ids.indexOf(id)]?.name;
  const groups = idsOf(await compared(plain)).map((group) => group.map(names));
  expect(groups).toEqual([['green.tiff', 'green.jpg']]);
});
