import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CategoryScores, ImageReader, Trainings } from '#libs/catalogue';
import {
  BrowseCategories,
  IngestImages,
  ImageLibrary,
  LabelImages,
  ManageClassifiers,
  ManageVersions,
  PredictCategory,
  StartRescoring,
  SuggestImages,
  TrainClassifier,
  TrainingRunner,
} from '#libs/search';
import { drawScene, galleryCategories, textFileNamedJpg } from '#libs/testing';
import { ServiceFixture } from './service-fixture.js';

const KINDS = ['beach', 'forest', 'city'];
const EACH = 5;
let service: ServiceFixture;
/** Image ids by kind. */
const images: number[][] = [];

const scene = (kind: number, seed: number): Promise<Buffer> => {
  const category = galleryCategories[kind * 3];
  if (!category) throw new Error('the gallery has too few kinds');
  return drawScene(category, seed, { width: 160, height: 120 });
};

async function add(kind: number, seed: number): Promise<number> {
  const bytes = await scene(kind, seed);
  const [outcome] = await service
    .get(IngestImages)
    .ingest([{ name: `${kind}-${seed}.jpg`, bytes }], { wait: 'searchable' });
  if (outcome?.status === 'failed' || !outcome) throw new Error('not stored');
  return outcome.image.id;
}

beforeAll(async () => {
  service = await ServiceFixture.create();
  await service.start({ LIKENESS_ENCODER_THREADS: '1' });
  for (let kind = 0; kind < KINDS.length; kind++) {
    images.push([]);
    for (let seed = 1; seed <= EACH + 1; seed++) images[kind]?.push(await add(kind, seed));
  }
});
afterAll(() => service.drop());

/** A classifier of which all but the last image of each kind is labelled. */
async function labelled(name: string, kind: 'single' | 'multi' = 'single') {
  await service.get(ManageClassifiers).create(name, kind, KINDS);
  const orders = images.flatMap((ids, at) =>
    KINDS.flatMap((category, other) =>
      other !== at && kind === 'single'
        ? []
        : ids.slice(0, EACH).map((imageId) => ({
            subject: { imageId },
            category,
            value: other === at ? ('positive' as const) : ('negative' as const),
          })),
    ),
  );
  return service.get(LabelImages).label(name, orders, 'test');
}

async function train(name: string, order: object = { taps: [['penultimate']], heads: ['nearest-mean'] }) {
  const training = service.get(TrainClassifier);
  const { id } = await training.start(name, order);
  let last = await training.get(name, id);
  for await (const view of training.watch(name, id)) last = view;
  return last;
}

async function rescored(name: string) {
  let last = await service.get(StartRescoring).latest(name);
  for await (const view of service.get(StartRescoring).watch(name)) last = view;
  return last;
}

describe('from labels to scores', () => {
  test('trains a version, scores the catalogue with it, and then filters use it', async () => {
    await labelled('place');
    expect(await train('place')).toMatchObject({ status: 'done', version: 1, error: null });
    expect(await rescored('place')).toMatchObject({ status: 'done', version: 1, scored: 18, lacking: 0 });
    const { versionInUse } = await service.get(ManageClassifiers).get('place');
    expect(versionInUse).toBe(1);
    // Who waits for the training and then asks for the scoring has to find it.
    const [order] = await service.query<{ begun: boolean }>(
      'SELECT r.created_at <= t.finished_at AS begun FROM rescoring r JOIN training t ON t.version_id = r.version_id',
    );
    expect(order?.begun).toBe(true);
    const [version] = await service.get(ManageVersions).list('place');
    expect(version).toMatchObject({
      number: 1,
      inUse: true,
      stale: false,
      document: { origin: 'trained', data: { examples: 15 } },
    });

    // The image of each kind that was not labelled is found in its category.
    for (const [kind, category] of KINDS.entries()) {
      const { images: best } = await service.get(BrowseCategories).browse('place', category, { limit: EACH + 1 });
      expect(best.map(({ image }) => image.id).sort()).toEqual([...(images[kind] ?? [])].sort());
    }
    const rows = await service.query<{ image_id: number }>(
      `SELECT image_id FROM category_score_in_use WHERE classifier = 'place' AND category = 'beach' AND score >= 0.34`,
    );
    expect(rows.map((row) => row.image_id)).toEqual(expect.arrayContaining(images[0] ?? []));
  });

  test('predicts for an upload and for a stored image, and adds up to one', async () => {
    const upload = await service.get(PredictCategory).ofUpload('place', await scene(1, 99));
    expect(upload.scores[0]?.name).toBe('forest');
    expect(upload.scores.reduce((sum, { score }) => sum + score, 0)).toBeCloseTo(1, 5);
    const stored = await service.get(PredictCategory).ofImage('place', images[2]?.[0] ?? 0);
    expect(stored.scores[0]?.name).toBe('city');
    await expect(service.get(PredictCategory).ofImage('place', 987654)).rejects.toMatchObject({
      code: 'image_not_found',
    });
    await expect(service.get(PredictCategory).ofUpload('place', textFileNamedJpg())).rejects.toMatchObject({
      code: 'image_format_unsupported',
    });
  });

  test('an image that arrives is scored before searches find it', async () => {
    const id = await add(0, 50);
    const { id: classifierId } = await service.get(ManageClassifiers).get('place');
    expect(await service.get(CategoryScores).ofImages(classifierId, [id])).toHaveLength(3);
    await service.get(ImageLibrary).delete([id]);
    expect(await service.get(CategoryScores).ofImages(classifierId, [id])).toHaveLength(0);
  });

  test('an earlier version can be used again, the one in use cannot be deleted, an export comes back', async () => {
    const versions = service.get(ManageVersions);
    expect(await train('place')).toMatchObject({ version: 2 });
    expect(await rescored('place')).toMatchObject({ status: 'done', version: 2 });
    await expect(versions.remove('place', 2)).rejects.toMatchObject({ code: 'version_in_use' });
    await versions.use('place', 1);
    expect(await rescored('place')).toMatchObject({ status: 'done', version: 1 });
    expect((await service.get(ManageClassifiers).get('place')).versionInUse).toBe(1);
    await versions.remove('place', 2);
    await expect(versions.get('place', 2)).rejects.toMatchObject({ code: 'version_not_found' });

    const exported: unknown = JSON.parse(JSON.stringify(await versions.exportJson('place', 1)));
    await service.get(ManageClassifiers).create('copy', 'single', [...KINDS].reverse());
    expect(await versions.importJson('copy', exported)).toMatchObject({ number: 1, document: { origin: 'imported' } });
    const [ours, theirs] = await Promise.all(
      ['place', 'copy'].map((key) => service.get(PredictCategory).ofImage(key, images[0]?.[0] ?? 0)),
    );
    expect(theirs?.scores.map(({ name, score }) => [name, score])).toEqual(
      ours?.scores.map(({ name, score }) => [name, score]),
    );
    await expect(versions.importJson('copy', { format: 'something' })).rejects.toMatchObject({ code: 'head_invalid' });
    await service.get(ManageClassifiers).create('fewer', 'single', ['beach', 'forest']);
    await expect(versions.importJson('fewer', exported)).rejects.toMatchObject({ code: 'category_not_found' });
    expect((await versions.exportOnnx('place', 1)).bytes.length).toBeGreaterThan(1000);
  });

  test('suggests images that have no label, also out of given ones', async () => {
    const { suggestions } = await service.get(SuggestImages).suggest('place', 10);
    expect(suggestions.map(({ image }) => image.id).sort()).toEqual(images.map((ids) => ids[EACH] ?? 0).sort());
    const among = [images[0]?.[0] ?? 0, images[1]?.[EACH] ?? 0];
    const some = await service.get(SuggestImages).suggest('place', 10, among);
    expect(some.suggestions.map(({ image }) => image.id)).toEqual([images[1]?.[EACH]]);
    expect(some.suggestions[0]?.uncertainty).toEqual(expect.any(Number));
  });

  test('several yes/no questions', async () => {
    await labelled('several', 'multi');
    expect(await train('several')).toMatchObject({ status: 'done' });
    await rescored('several');
    const { counts } = await service.get(BrowseCategories).counts('several', 0.5);
    for (const { images: count } of counts) expect(count).toBeGreaterThanOrEqual(EACH);
  });
});

describe('own images', () => {
  test('train like any other, and no search finds them', async () => {
    await service.get(ManageClassifiers).create('mine', 'single', ['beach', 'city']);
    const own = await Promise.all(
      [0, 2].flatMap((kind) =>
        [71, 72].map(async (seed) => ({
          name: `own-${kind}-${seed}.jpg`,
          bytes: await scene(kind, seed),
          category: KINDS[kind] ?? '',
          value: 'positive' as const,
        })),
      ),
    );
    const bad = { name: 'notes.jpg', bytes: textFileNamedJpg(), category: 'beach', value: 'positive' as const };
    const { outcomes, classifier } = await service.get(LabelImages).labelOwn('mine', [...own, bad], 'cli');
    expect(outcomes.map(({ status }) => status)).toEqual(['labelled', 'labelled', 'labelled', 'labelled', 'failed']);
    expect(classifier.categories).toMatchObject([{ positives: 2 }, { positives: 2 }]);
    expect((await service.get(ImageReader).list({ limit: 500 })).images).toHaveLength(18);
    expect(await train('mine', { heads: ['nearest-mean'], augment: 2 })).toMatchObject({ status: 'done', version: 1 });
    const cached = await service.query<{ view: number; n: number }>(
      'SELECT view, count(DISTINCT example_id) AS n FROM example_embedding GROUP BY view ORDER BY view',
    );
    expect(cached.map(({ view, n }) => [view, n])).toEqual([
      [0, 4],
      [1, 4],
      [2, 4],
    ]);
  });
});

describe('what cannot be trained', () => {
  const manage = () => service.get(ManageClassifiers);

  test('one category only, or one without images', async () => {
    await manage().create('lonely', 'single', ['beach']);
    await expect(train('lonely')).rejects.toMatchObject({
      code: 'training_data_invalid',
      message: /only one category/,
    });
    await manage().addCategory('lonely', 'city');
    await service
      .get(LabelImages)
      .label('lonely', [{ subject: { imageId: images[0]?.[0] ?? 0 }, category: 'beach', value: 'positive' }], 'test');
    await expect(train('lonely')).rejects.toMatchObject({ code: 'training_data_invalid', message: /"city"/ });
  });

  test('labels on images deleted since are kept, told of, and left out', async () => {
    await labelled('thinned');
    const extra = await add(0, 81);
    await service
      .get(LabelImages)
      .label('thinned', [{ subject: { imageId: extra }, category: 'beach', value: 'positive' }], 'test');
    await service.get(ImageLibrary).delete([extra]);
    expect((await manage().get('thinned')).labelsWithoutImage).toBe(1);
    expect(await train('thinned')).toMatchObject({ status: 'done' });
    const version = await service.get(ManageVersions).get('thinned', 1);
    expect(version.document).toMatchObject({
      data: { examples: 15, leftOut: [{ reason: 'the image was deleted from the catalogue' }] },
    });
  });

  test('NaN among the features', async () => {
    await labelled('poisoned');
    const id = images[0]?.[0] ?? 0;
    const [kept] = await service.query<{ vector: Buffer }>(
      `SELECT vector FROM embedding WHERE image_id = $1 AND tap = 'penultimate'`,
      [id],
    );
    const bytes = kept?.vector ?? Buffer.alloc(0);
    const poisoned = Buffer.from(bytes);
    poisoned.writeFloatLE(NaN, 0);
    const put = (vector: Buffer) =>
      service.query(`UPDATE embedding SET vector = $2 WHERE image_id = $1 AND tap = 'penultimate'`, [id, vector]);
    await put(poisoned);
    expect(await train('poisoned')).toMatchObject({ status: 'failed', error: { code: 'training_data_invalid' } });
    await put(bytes);
    expect(await train('poisoned')).toMatchObject({ status: 'done' });
  });

  test('a tap the encoder does not have', async () => {
    await labelled('tapped');
    expect(await train('tapped', { taps: [['stage99']] })).toMatchObject({
      status: 'failed',
      error: { code: 'training_data_invalid', fields: [{ path: 'taps' }] },
    });
  });
});

describe('meanwhile', () => {
  const manage = () => service.get(ManageClassifiers);

  test('a renamed category changes nothing, a removed one ends the training with the reason', async () => {
    await labelled('changing');
    const versions = service.get(ManageVersions);
    await train('changing');
    await manage().renameCategory('changing', 'beach', 'shore');
    const { scores } = await service.get(PredictCategory).ofImage('changing', images[0]?.[0] ?? 0);
    expect(scores[0]?.name).toBe('shore');
    const { document } = await versions.get('changing', 1);
    expect(document.report?.metrics.categories.map(({ name }) => name)).toEqual(['shore', 'forest', 'city']);

    // Two names that were swapped stay with the categories they are of now.
    for (const [from, to] of [
      ['shore', 'between'],
      ['forest', 'shore'],
      ['between', 'forest'],
    ] as const) {
      await manage().renameCategory('changing', from, to);
    }
    const { categoryIds } = await versions.get('changing', 1);
    const asJson: unknown = JSON.parse(JSON.stringify(await versions.exportJson('changing', 1)));
    expect(await versions.importJson('changing', asJson)).toMatchObject({ categoryIds });
    const { bytes } = await versions.exportOnnx('changing', 1);
    expect(await versions.importOnnx('changing', bytes)).toMatchObject({ categoryIds });

    const exported: unknown = JSON.parse(JSON.stringify(await versions.exportJson('changing', 1)));
    // What happens between the snapshot and the end of a training: the head speaks of a category that is gone by then.
    const { head } = exported as { head: { categories: { id: string }[] } };
    const gone = (await manage().get('changing')).categories.find(({ name }) => name === 'city');
    await manage().removeCategory('changing', 'city');
    expect(head.categories.map(({ id }) => id)).toContain(String(gone?.id));
    await expect(versions.importJson('changing', exported)).rejects.toMatchObject({
      code: 'category_not_found',
      message: expect.stringContaining('"city"') as string,
    });
    const after = await service.get(PredictCategory).ofImage('changing', images[2]?.[0] ?? 0);
    expect(after.scores.map(({ name }) => name).sort()).toEqual(['forest', 'shore']);
  });

  test('a cancelled training makes no version', async () => {
    await labelled('cancelled');
    const training = service.get(TrainClassifier);
    const row = await service.get(Trainings).create((await manage().get('cancelled')).id, {});
    await training.cancel('cancelled', row.id);
    await service.get(TrainingRunner).run(row.id);
    expect(await training.get('cancelled', row.id)).toMatchObject({ status: 'cancelled', version: null });
    expect(await service.get(ManageVersions).list('cancelled')).toEqual([]);
    await expect(training.cancel('cancelled', row.id)).rejects.toMatchObject({ code: 'training_state_conflict' });
  });

  test('a training whose process died is taken up at the next start', async () => {
    await labelled('killed');
    const { id } = await manage().get('killed');
    const row = await service.get(Trainings).create(id, { heads: ['nearest-mean'], taps: [['penultimate']] });
    // As a process leaves it that is killed: running, owned by nobody alive.
    await service.query(`UPDATE training SET status = 'running', owner = 1, attempts = 1 WHERE id = $1`, [row.id]);
    await service.start({ LIKENESS_ENCODER_THREADS: '1' });
    const training = service.get(TrainClassifier);
    let last = await training.get('killed', row.id);
    for await (const view of training.watch('killed', row.id)) last = view;
    expect(last).toMatchObject({ status: 'done', version: 1, attempts: 2 });
  });

  test('a head of another encoder is stale, is not used, and one command trains it again', async () => {
    const versions = service.get(ManageVersions);
    await service.query(
      `UPDATE head_version SET encoder_fingerprint = $1 WHERE id = (SELECT version_in_use FROM classifier WHERE name = 'place')`,
      ['0'.repeat(64)],
    );
    expect(await versions.get('place', 1)).toMatchObject({ stale: true });
    await expect(versions.use('place', 1)).rejects.toMatchObject({ code: 'version_stale' });
    await expect(service.get(PredictCategory).ofImage('place', images[0]?.[0] ?? 0)).rejects.toMatchObject({
      code: 'version_stale',
    });
    const { started } = await service.get(TrainClassifier).retrainStale();
    expect(started.map(({ classifier }) => classifier.name)).toEqual(['place']);
    for await (const view of service.get(TrainClassifier).watch('place', started[0]?.training.id ?? 0)) void view;
    await rescored('place');
    expect(await versions.get('place')).toMatchObject({ stale: false, inUse: true });
  });
});
