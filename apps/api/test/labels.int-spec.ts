import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { textFileNamedJpg } from '#libs/testing';
import type { Problem } from '../src/http/problem.js';
import { CATEGORIES, type LabelReport, storeScenes } from './labelled-scenes.js';
import { formOf, scene, TestApi } from './test-api.js';

const MAX_BYTES = 100_000;

let api: TestApi;
let ids: string[][];

beforeAll(async () => {
  api = await TestApi.start({ LIKENESS_MAX_FILE_BYTES: String(MAX_BYTES) });
  ids = await storeScenes(api);
});
afterAll(() => api.stop());

describe('labels', () => {
  test('move, are listed, keep their history and show conflicts', async () => {
    await api.json('POST', '/v1/classifiers', { name: 'moved', categories: CATEGORIES });
    const say = (category: string) =>
      api.json<LabelReport>('POST', '/v1/classifiers/moved/labels', {
        labels: [{ image: ids[0]?.[0], category }],
        origin: 'ada',
      });
    await say('one');
    expect((await say('two')).body.results).toMatchObject([{ status: 'labelled', superseded: ['one'] }]);
    expect(await api.json('GET', '/v1/classifiers/moved/labels?category=two')).toMatchObject({
      body: { labels: [{ image: ids[0]?.[0], category: 'two', value: 'positive', origin: 'ada' }], nextCursor: null },
    });
    expect(await api.json('GET', `/v1/classifiers/moved/labels/history?image=${ids[0]?.[0]}`)).toMatchObject({
      body: { events: [{ value: 'cleared' }, { category: 'two' }, { category: 'one' }] },
    });
    expect(await api.json('GET', '/v1/classifiers/moved/labels/conflicts')).toMatchObject({
      body: { conflicts: [{ image: ids[0]?.[0] }] },
    });
  });

  test('of some images only, and confirmed', async () => {
    await api.json('POST', '/v1/classifiers', { name: 'seen', categories: CATEGORIES });
    const [first, second, third] = ids[0] ?? [];
    const labels = [first, second].map((image) => ({ image, category: 'one' }));
    await api.json('POST', '/v1/classifiers/seen/labels', { labels, origin: 'ada' });
    const confirmed = await api.json<LabelReport>('POST', '/v1/classifiers/seen/labels', {
      labels: labels.slice(0, 1),
      origin: 'bob',
      confirm: true,
    });
    expect(confirmed.body.results).toMatchObject([{ status: 'unchanged' }]);
    const of = (query: string) =>
      api.json<{ labels: { image: string; example: string; origin: string }[] }>(
        'GET',
        `/v1/classifiers/seen/labels?${query}`,
      );
    const some = await of(`images=${first},${third}`);
    expect(some.body.labels).toMatchObject([{ image: first, origin: 'bob' }]);
    expect((await of(`examples=${some.body.labels[0]?.example}`)).body.labels).toMatchObject([{ image: first }]);
    expect((await of('')).body.labels).toHaveLength(2);
    expect(await of('images=1,x')).toMatchObject({ status: 400, body: { code: 'invalid_request' } });
  });

  test('of the results of a search, and of images of one’s own', async () => {
    await api.json('POST', '/v1/classifiers', { name: 'found', kind: 'multi', categories: CATEGORIES });
    const search = { like: ids[0]?.[0], k: 2, category: 'one' };
    expect(await api.json('POST', '/v1/classifiers/found/labels/search', search)).toMatchObject({
      body: { labelled: 3 },
    });
    const form = formOf([
      ['large.jpg', Buffer.alloc(MAX_BYTES + 1)],
      ['mine.jpg', await scene(70, 5)],
      ['notes.jpg', textFileNamedJpg()],
    ]);
    const own = await api.form<LabelReport & { results: { example?: string }[] }>(
      '/v1/classifiers/found/examples?category=two&value=negative',
      form,
    );
    expect(own.body).toMatchObject({
      labelled: 1,
      failed: 2,
      results: [
        { error: { code: 'image_too_large' } },
        { status: 'labelled' },
        { error: { code: 'image_format_unsupported' } },
      ],
    });
    const [, first] = own.body.results as { example?: string }[];
    const thumbnail = await api.call('GET', `/v1/classifiers/found/examples/${first?.example}/thumbnail`);
    expect(thumbnail.headers['content-type']).toMatch(/^image\//);
  });

  test('of nothing but what is too large fails without failing the form', async () => {
    await api.json('POST', '/v1/classifiers', { name: 'none', categories: CATEGORIES });
    const form = formOf([['large.jpg', Buffer.alloc(MAX_BYTES + 1)]]);
    expect(await api.form('/v1/classifiers/none/examples?category=one', form)).toMatchObject({
      status: 200,
      body: { labelled: 0, failed: 1, results: [{ error: { code: 'image_too_large' } }] },
    });
    expect(await api.form('/v1/classifiers/none/examples?category=one', new FormData())).toMatchObject({ status: 400 });
  });

  test('a deleted image and a contradiction fail alone', async () => {
    await api.json('POST', '/v1/classifiers', { name: 'torn', categories: CATEGORIES });
    const [image, other] = ids[0] ?? [];
    const labels = [
      { image: '987654', category: 'one' },
      { image, category: 'one' },
      { image, category: 'two' },
      { image: other, category: 'three' },
    ];
    const { body } = await api.json<LabelReport>('POST', '/v1/classifiers/torn/labels', { labels });
    expect(body.results.map(({ error }) => error?.code)).toEqual([
      'image_not_found',
      'label_contradiction',
      'label_contradiction',
      'category_not_found',
    ]);
  });

  test('every field that is wrong is named', async () => {
    const { body } = await api.json<Problem>('POST', '/v1/classifiers/numbers/labels', {
      labels: [{ category: 'one' }, { image: '1', category: 'one', value: 'maybe' }],
      colour: 'red',
    });
    expect(body.fields.map(({ path }) => path)).toEqual(['labels.0', 'labels.1.value', 'colour']);
    const training = await api.json<Problem>('POST', '/v1/classifiers/numbers/trainings', { seed: -1, augment: 99 });
    expect(training.body.fields.map(({ path }) => path).sort()).toEqual(['augment', 'seed']);
  });
});
