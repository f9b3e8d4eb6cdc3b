import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { BUNDLED_ENCODER } from '#libs/config';
import { ImageDecoder } from '#libs/imaging';
import {
  ActiveEncoder,
  CheckReadiness,
  FindSimilar,
  IngestImages,
  LabelImages,
  LiveSpaces,
  ManageClassifiers,
  ManageVersions,
  PredictCategory,
  ReadReindex,
  ReindexEncoder,
  StartRescoring,
  TrainClassifier,
} from '#libs/search';
import { drawScene, galleryCategories, writeVariantModel } from '#libs/testing';
import { ServiceFixture } from './service-fixture.js';

const KINDS = ['beach', 'city'];
const EACH = 5;
const FILTER = { field: 'category.place.beach', gte: 0.5 };

let service: ServiceFixture;
/** Image ids by kind. */
const images: number[][] = [];

const scene = (kind: number, seed: number): Promise<Buffer> => {
  const category = galleryCategories[kind * 5];
  if (!category) throw new Error('the gallery has too few kinds');
  return drawScene(category, seed, { width: 96, height: 96 });
};

beforeAll(async () => {
  service = await ServiceFixture.create();
  await writeVariantModel(service.dataDir, 'variant');
  await service.start({ LIKENESS_ENCODER_THREADS: '1' });
  for (const kind of KINDS.keys()) {
    const items = await Promise.all(
      Array.from({ length: EACH }, async (_, seed) => ({
        name: `${kind}-${seed}.jpg`,
        bytes: await scene(kind, seed + 1),
      })),
    );
    const outcomes = await service.get(IngestImages).ingest(items, { wait: 'searchable' });
    images.push(outcomes.flatMap((outcome) => (outcome.status === 'failed' ? [] : [outcome.image.id])));
  }
});
afterAll(() => service.drop());

async function trained(start: () => Promise<number>): Promise<void> {
  const training = service.get(TrainClassifier);
  let status = '';
  for await (const view of training.watch('place', await start())) ({ status } = view);
  expect(status).toBe('done');
  for await (const view of service.get(StartRescoring).watch('place')) void view;
}

const inCategory = async (): Promise<number[]> => {
  const { hits } = await service.get(FindSimilar).byId(images[0]?.[0] ?? 0, { k: 100, filter: FILTER });
  return hits.map(({ id }) => id).sort((a, b) => a - b);
};

async function searchesUse(encoder: string): Promise<void> {
  while (service.get(LiveSpaces).active.encoder.info.name !== encoder) await sleep(50);
}

it('heads of the encoder before are stale, filters go on with their scores, and one command trains them again', async () => {
  await service.get(ManageClassifiers).create('place', 'single', KINDS);
  const labels = images.flatMap((ids, kind) =>
    ids.map((imageId) => ({ subject: { imageId }, category: KINDS[kind] ?? '', value: 'positive' as const })),
  );
  await service.get(LabelImages).label('place', labels, 'test');
  const order = { taps: [['penultimate']], heads: ['nearest-mean' as const] };
  await trained(async () => (await service.get(TrainClassifier).start('place', order)).id);
  const before = await inCategory();
  expect(before).toEqual(images[0]?.slice(1));
  expect(await service.get(ManageVersions).get('place')).toMatchObject({ number: 1, stale: false });

  await service.get(ReindexEncoder).start({ encoder: 'variant' });
  for await (const view of service.get(ReadReindex).watch(AbortSignal.timeout(100_000))) void view;
  await searchesUse('variant');

  expect(await service.get(ManageVersions).get('place')).toMatchObject({ number: 1, stale: true, inUse: true });
  await expect(service.get(PredictCategory).ofUpload('place', await scene(0, 77))).rejects.toMatchObject({
    code: 'version_stale',
  });
  expect((await service.get(CheckReadiness).readiness()).notes.join()).toContain('`likeness classifier retrain`');
  // The scores it gave are kept with the images, so filters do not change from one moment to the next.
  expect(await inCategory()).toEqual(before);

  await trained(async () => {
    const { started, failed } = await service.get(TrainClassifier).retrainStale();
    expect([started.length, failed.length]).toEqual([1, 0]);
    return started[0]?.training.id ?? 0;
  });
  const now = await service.get(ManageVersions).get('place');
  expect(now).toMatchObject({ number: 2, stale: false, inUse: true });
  expect((await service.get(PredictCategory).ofUpload('place', await scene(0, 77))).scores[0]?.name).toBe('beach');
  expect(await inCategory()).toEqual(before);
  expect(await service.get(TrainClassifier).retrainStale()).toEqual({ started: [], failed: [] });
  expect((await service.get(CheckReadiness).readiness()).notes).toHaveLength(1);
}, 180_000);

it('images that came under another encoder have scores once searches use that of the heads again', async () => {
  const before = await inCategory();
  await service.get(ReindexEncoder).rollback();
  await searchesUse(BUNDLED_ENCODER);
  const [outcome] = await service
    .get(IngestImages)
    .ingest([{ name: 'meanwhile.jpg', bytes: await scene(0, 50) }], { wait: 'searchable' });
  expect(await inCategory()).toEqual(before);

  await service.get(ReindexEncoder).rollback();
  await searchesUse('variant');
  while ((await inCategory()).length === before.length) await sleep(50);
  expect(await inCategory()).toEqual([...before, outcome?.status === 'failed' ? 0 : outcome?.image.id]);
}, 60_000);

it('a training goes on with the encoder it began with, and changes nothing that searches go by', async () => {
  const { space, encoder } = service.get(LiveSpaces).active;
  const other = service.get(LiveSpaces).choose({ encoder: BUNDLED_ENCODER });
  const vectors = () =>
    service.query('SELECT image_id, vector FROM embedding WHERE encoder_id = $1 AND tap = $2 ORDER BY image_id', [
      space.encoderId,
      space.tap,
    ]);
  const before = await vectors();
  const decoder = service.get(ImageDecoder);
  const view = decoder.view.bind(decoder);
  const decode = vi.spyOn(decoder, 'view').mockImplementationOnce((...given) => {
    service.get(ActiveEncoder).activate(other.space);
    return view(...given);
  });
  const encode = vi.spyOn(other.encoder, 'encode');
  const training = service.get(TrainClassifier);
  const { id } = await training.start('place', { heads: ['nearest-mean'], augment: 1, use: false });
  for await (const step of training.watch('place', id)) void step;

  expect(decode).toHaveBeenCalled();
  expect(await vectors()).toEqual(before);
  expect(encode).not.toHaveBeenCalled();
  const { status, version } = await training.get('place', id);
  expect(status).toBe('done');
  const { name, fingerprint } = encoder.info;
  expect(await service.get(ManageVersions).get('place', version ?? 0)).toMatchObject({
    encoderFingerprint: fingerprint,
    document: { encoder: { name, fingerprint } },
  });
  service.get(ActiveEncoder).activate(space);
}, 60_000);

it('heads that score nothing that arrives are told of for as long as they do not, whatever became of their vectors', async () => {
  const notes = async () => (await service.get(CheckReadiness).readiness()).notes.join('\n');
  const order = { taps: [['logits']], heads: ['nearest-mean' as const] };
  await trained(async () => (await service.get(TrainClassifier).start('place', order)).id);
  const { number, classifierId } = await service.get(ManageVersions).get('place');
  expect(await notes()).not.toContain('classifier');

  await service.get(ReindexEncoder).rollback();
  await searchesUse(BUNDLED_ENCODER);
  expect(await notes()).toContain('`likeness classifier retrain`');
  await service.get(ReindexEncoder).removeOld();
  expect(await notes()).toContain('`likeness classifier retrain`');

  // Its encoder is in use again, and one more tap of it is what searches do not need.
  await service.get(ReindexEncoder).start({ encoder: 'variant' });
  for await (const view of service.get(ReadReindex).watch(AbortSignal.timeout(100_000))) void view;
  await searchesUse('variant');
  expect(await notes()).toContain(`\`likeness classifier use ${classifierId} ${number}\``);
  await service.get(ManageVersions).use('place', number);
  for await (const view of service.get(StartRescoring).watch('place')) void view;
  expect(await notes()).not.toContain('classifier');
}, 120_000);
