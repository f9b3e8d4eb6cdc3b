import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { Trainings } from '#libs/catalogue';
import { HeadTrainer } from '#libs/classifiers';
import {
  IngestImages,
  LabelImages,
  ManageClassifiers,
  ManageVersions,
  PredictCategory,
  RejectDuplicates,
  StartRescoring,
  TrainClassifier,
} from '#libs/search';
import { textFileNamedJpg } from '#libs/testing';
import { ownPicture, trained, withComment } from './own-pictures.js';
import { ServiceFixture } from './service-fixture.js';

const KINDS = ['beach', 'forest', 'city'];
const QUICK = { heads: ['nearest-mean' as const], taps: [['penultimate']] };
let service: ServiceFixture;

beforeAll(async () => {
  service = await ServiceFixture.create();
  await service.start({ LIKENESS_ENCODER_THREADS: '1' });
});
afterAll(() => service.drop());

async function labelled(name: string, each: number): Promise<void> {
  await service.get(ManageClassifiers).create(name, 'single', KINDS);
  const pictures = await Promise.all(
    KINDS.flatMap((category, kind) => Array.from({ length: each }, (_, at) => ownPicture(kind, at + 1, category))),
  );
  await service.get(LabelImages).labelOwn(name, pictures, 'test');
}

describe('labels that say little', () => {
  test('one image of each category makes a version that says nothing could be measured', async () => {
    await labelled('single image', 1);
    expect(await trained(service, 'single image', {})).toMatchObject({ status: 'done', error: null });
    const { document } = await service.get(ManageVersions).get('single image', 1);
    expect(document.report).toMatchObject({
      chosen: { kind: 'nearest-mean' },
      metrics: {
        n: 0,
        top1: { value: null, n: 0, tooFew: true },
        sourceInWords: expect.stringContaining('Nothing could be measured') as string,
      },
    });
    const upload = await ownPicture(1, 9, '');
    const { scores } = await service.get(PredictCategory).ofUpload('single image', upload.bytes);
    expect(scores.reduce((sum, { score }) => sum + score, 0)).toBeCloseTo(1, 5);
  });

  test('copies of one picture under two categories contradict each other, in words', async () => {
    const manage = service.get(ManageClassifiers);
    await manage.create('copies', 'single', ['beach', 'city']);
    const picture = await ownPicture(0, 90, '');
    const copies = [0, 1, 2, 3].map((at) => ({
      ...picture,
      bytes: withComment(picture.bytes, `copy ${at}`),
      category: at % 2 === 0 ? 'beach' : 'city',
    }));
    await service.get(LabelImages).labelOwn('copies', copies, 'test');
    expect(await trained(service, 'copies', {})).toMatchObject({
      status: 'failed',
      version: null,
      error: { code: 'training_data_invalid', detail: expect.stringContaining('contradict') as string },
    });
    expect((await manage.get('copies')).categories).toMatchObject([{ positives: 2 }, { positives: 2 }]);
  });

  test('copies of one picture in each category count as one example each', async () => {
    await service.get(ManageClassifiers).create('alike', 'single', KINDS);
    const copies = await Promise.all(
      KINDS.map(async (category, kind) => {
        const picture = await ownPicture(kind, 60, category);
        return [0, 1, 2, 3].map((at) => ({ ...picture, bytes: withComment(picture.bytes, `copy ${at}`) }));
      }),
    );
    await service.get(LabelImages).labelOwn('alike', copies.flat(), 'test');
    expect(await trained(service, 'alike', {})).toMatchObject({ status: 'done' });
    const { document } = await service.get(ManageVersions).get('alike', 1);
    expect(document.report?.data.categories).toMatchObject(KINDS.map(() => ({ positives: 4, groups: 1 })));
    expect(document.report?.metrics).toMatchObject({ n: 0, top1: { value: null } });
  });

  test('altered copies count as one example too, before the catalogue has compared them; unless somebody said they are none', async () => {
    await service.get(ManageClassifiers).create('altered', 'single', KINDS);
    const originals = await Promise.all(
      KINDS.flatMap((category, kind) => [70, 71].map((seed) => ownPicture(kind, seed, category))),
    );
    const copies = await Promise.all(
      originals.map(async ({ name, bytes, category, value }) => ({
        name: `again ${name}`,
        bytes: await sharp(bytes).jpeg({ quality: 60 }).toBuffer(),
        category,
        value,
      })),
    );
    const pictures = [...originals, ...copies];
    const outcomes = await service.get(IngestImages).ingest(pictures, { wait: 'searchable' });
    const ids = outcomes.map((outcome) => (outcome.status === 'failed' ? 0 : outcome.image.id));
    const labels = pictures.map(({ category, value }, at) => ({ subject: { imageId: ids[at] ?? 0 }, category, value }));
    await service.get(LabelImages).label('altered', labels, 'test');
    const groups = async () => {
      // As a change of encoder leaves it: the work that finds pairs has everything before it.
      await service.query('DELETE FROM near_pair');
      // So that features alone tell no copy.
      const { version } = await trained(service, 'altered', { ...QUICK, duplicateCosine: 1 });
      const { document } = await service.get(ManageVersions).get('altered', version ?? 0);
      return document.report?.data.categories.map((category) => category.groups);
    };
    while ((await service.query('SELECT 1 FROM duplicate_check')).length > 0) await sleep(50);
    expect(await groups()).toEqual([2, 2, 2]);
    await service.get(RejectDuplicates).reject({ ids: [ids[0] ?? 0], of: [ids[6] ?? 0] });
    expect(await groups()).toEqual([3, 2, 2]);
  });
});

describe('own images that cannot be labelled', () => {
  test('leave neither a file nor an example behind', async () => {
    await service.get(ManageClassifiers).create('leaves nothing', 'single', KINDS);
    const kept = async () => ({
      files: (await readdir(path.join(service.dataDir, 'blobs'), { recursive: true })).length,
      examples: await service.query('SELECT count(*) FROM example'),
    });
    const good = await ownPicture(0, 80, 'beach');
    await service.get(LabelImages).labelOwn('leaves nothing', [good], 'test');
    const before = await kept();
    const bad = [await ownPicture(0, 81, 'moor'), { ...good, name: 'notes.jpg', bytes: textFileNamedJpg() }];
    const { outcomes } = await service.get(LabelImages).labelOwn('leaves nothing', bad, 'test');
    expect(outcomes).toMatchObject([
      { status: 'failed', error: { code: 'category_not_found' } },
      { status: 'failed', error: { code: 'image_format_unsupported' } },
    ]);
    expect(await kept()).toEqual(before);
  });
});

describe('categories that change while a head is made', () => {
  /** Lets something happen after the labels were gathered and before the head is there. */
  function meanwhile(happens: () => Promise<unknown>): void {
    const trainer = service.get(HeadTrainer);
    const train = trainer.train.bind(trainer);
    vi.spyOn(trainer, 'train').mockImplementationOnce(async (...given) => {
      await happens();
      return train(...given);
    });
  }

  test('a removed one ends the training with the reason, and the next training goes without it', async () => {
    await labelled('shrinking', 3);
    meanwhile(() => service.get(ManageClassifiers).removeCategory('shrinking', 'city'));
    expect(await trained(service, 'shrinking', QUICK)).toMatchObject({
      status: 'failed',
      version: null,
      error: { code: 'training_outdated', detail: expect.stringContaining('"city" was removed') as string },
    });
    await expect(service.get(StartRescoring).latest('shrinking')).rejects.toMatchObject({
      code: 'rescoring_not_found',
    });
    expect(await trained(service, 'shrinking', QUICK)).toMatchObject({ status: 'done', version: 1 });
  });

  test('a renamed one has its new name, and an added one waits for the next training', async () => {
    await labelled('growing', 3);
    const manage = service.get(ManageClassifiers);
    meanwhile(async () => {
      await manage.renameCategory('growing', 'city', 'town');
      await manage.addCategory('growing', 'moor');
    });
    expect(await trained(service, 'growing', QUICK)).toMatchObject({ status: 'done', version: 1 });
    const upload = await ownPicture(2, 9, '');
    const { scores } = await service.get(PredictCategory).ofUpload('growing', upload.bytes);
    expect(scores.map(({ name }) => name).sort()).toEqual(['beach', 'forest', 'town']);
    expect(scores[0]?.name).toBe('town');
  });

  test('a classifier deleted meanwhile ends it too', async () => {
    await labelled('gone', 3);
    meanwhile(() => service.get(ManageClassifiers).remove('gone'));
    await expect(trained(service, 'gone', QUICK)).rejects.toMatchObject({ code: 'classifier_not_found' });
    await expect(service.get(ManageClassifiers).get('gone')).rejects.toMatchObject({ code: 'classifier_not_found' });
  });

  test('and is what is not found, also where it goes while its training is asked for', async () => {
    await labelled('brief', 3);
    vi.spyOn(service.get(Trainings), 'find').mockImplementationOnce(async () => {
      await service.get(ManageClassifiers).remove('brief');
      return null;
    });
    await expect(service.get(TrainClassifier).get('brief', 1)).rejects.toMatchObject({ code: 'classifier_not_found' });
  });
});
