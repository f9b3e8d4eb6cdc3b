import { afterAll, beforeAll, expect, test } from 'vitest';
import { DoubtedLabels, LabelImages, ManageClassifiers } from '#libs/search';
import { ownPicture, trained } from './own-pictures.js';
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
