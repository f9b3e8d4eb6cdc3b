import { afterAll, beforeAll, expect, test } from 'vitest';
import { DoubtedLabels, LabelImages, ManageClassifiers } from '#libs/search';
import { ownPicture, trained, withComment } from './own-pictures.js';
import { ServiceFixture } from './service-fixture.js';

const KINDS = ['beach', 'forest'];
const EACH = 6;
let service: ServiceFixture;

beforeAll(async () => {
  service = await ServiceFixture.create();
  await service.start({ LIKENESS_ENCODER_THREADS: '1' });
});
afterAll(() => service.drop());

test('a wrong label is doubted first; confirmed or changed it is open no more', async () => {
  await service.get(ManageClassifiers).create('place', 'single', KINDS);
  const pictures = await Promise.all(
    KINDS.flatMap((category, kind) => Array.from({ length: EACH }, (_, at) => ownPicture(kind, at + 1, category))),
  );
  const wrong = await ownPicture(0, 50, 'forest');
  const { outcomes } = await service.get(LabelImages).labelOwn('place', [wrong, ...pictures], 'test');
  const [first] = outcomes;
  const exampleId = first?.status === 'labelled' ? first.exampleId : 0;
  const order = { heads: ['softmax' as const], taps: [['penultimate']] };
  expect(await trained(service, 'place', order)).toMatchObject({ status: 'done', version: 1 });

  const doubted = service.get(DoubtedLabels);
  const [worst] = await doubted.of('place', 1);
  expect(worst).toMatchObject({
    exampleId,
    imageId: null,
    own: true,
    category: 'forest',
    value: 'positive',
    suggested: 'beach',
    state: 'open',
  });
  expect(worst?.probability).toBeLessThan(0.5);

  const say = (category: string, confirm: boolean) =>
    service.get(LabelImages).label('place', [{ subject: { exampleId }, category, value: 'positive' }], 'test', confirm);
  await say('forest', false);
  expect((await doubted.of('place', 1))[0]?.state).toBe('open');
  await say('forest', true);
  expect((await doubted.of('place', 1))[0]?.state).toBe('confirmed');
  await say('beach', false);
  expect((await doubted.of('place', 1))[0]?.state).toBe('changed');
  await service.get(ManageClassifiers).removeCategory('place', 'forest');
  expect((await doubted.of('place', 1)).filter(({ category }) => category === 'forest')).toEqual([]);
});

test('near-duplicates that are labelled differently are listed, and settled when they agree', async () => {
  await service.get(ManageClassifiers).create('twins', 'single', KINDS);
  const pictures = await Promise.all(
    KINDS.flatMap((category, kind) => Array.from({ length: EACH }, (_, at) => ownPicture(kind, at + 80, category))),
  );
  const first = await ownPicture(0, 80, 'forest');
  const twin = { ...first, bytes: withComment(first.bytes, 'twin') };
  const { outcomes } = await service.get(LabelImages).labelOwn('twins', [twin, ...pictures], 'test');
  const [twinId, firstId] = outcomes.map((outcome) => (outcome.status === 'labelled' ? outcome.exampleId : 0));
  const order = { heads: ['softmax' as const], taps: [['penultimate']], augment: 1 };
  expect(await trained(service, 'twins', order)).toMatchObject({ status: 'done', version: 1 });

  const said = (exampleId: number | undefined, category: string) => ({
    exampleId,
    imageId: null,
    own: true,
    name: '0-80.jpg',
    labels: [{ category, value: 'positive' }],
  });
  const doubted = service.get(DoubtedLabels);
  // Which of the two was kept first is not said: own pictures are kept side by side.
  const [found, ...others] = await doubted.contradictions('twins', 1);
  expect([found?.state, others]).toEqual(['open', []]);
  expect(found?.duplicates).toHaveLength(2);
  expect(found?.duplicates).toEqual(expect.arrayContaining([said(twinId, 'forest'), said(firstId, 'beach')]));
  const subject = { exampleId: twinId ?? 0 };
  await service.get(LabelImages).label('twins', [{ subject, category: 'beach', value: 'positive' }], 'test');
  expect(await doubted.contradictions('twins', 1)).toMatchObject([{ state: 'settled' }]);
});
