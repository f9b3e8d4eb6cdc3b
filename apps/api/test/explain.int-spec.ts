import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Problem } from '../src/http/problem.js';
import type { UploadAnswer } from '../src/images/image.dto.js';
import type { SimilarDto } from '../src/search/search.dto.js';
import { formOf, scene, TestApi } from './test-api.js';

let api: TestApi;
const ids: string[] = [];
const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0);
/** What decoding a picture for a query and for storing it may differ by. */
const TOLERANCE = 2;

beforeAll(async () => {
  api = await TestApi.start();
  const files: [string, Buffer][] = [];
  for (const kind of [0, 1, 2]) for (const seed of [1, 2]) files.push([`${kind}-${seed}.jpg`, await scene(seed, kind)]);
  const { body } = await api.form<UploadAnswer>('/v1/images?wait=searchable', formOf(files));
  ids.push(...body.items.flatMap(({ image }) => (image ? [image.id] : [])));
});
afterAll(() => api.stop());

const search = (payload: object) =>
  api.json<SimilarDto & Problem>('POST', '/v1/search', { explain: true, k: 4, ...payload });

async function sizeOf(url: string): Promise<{ format?: string; width?: number; height?: number }> {
  expect(url.startsWith('data:image/png;base64,')).toBe(true);
  const { format, width, height } = await sharp(Buffer.from(url.slice(url.indexOf(',') + 1), 'base64')).metadata();
  return { format, width, height };
}

describe('an explanation', () => {
  test('of one example adds up to the score, on both sides, and shows both pictures whole', async () => {
    const { status, body } = await search({ id: ids[0] });
    expect(status).toBe(200);
    expect(body.results).toHaveLength(4);
    for (const { score, explanation } of body.results) {
      const [example] = explanation?.examples ?? [];
      expect(explanation?.total).toBeCloseTo(score, TOLERANCE);
      expect(sum(explanation?.result.cells ?? [])).toBeCloseTo(score, TOLERANCE);
      expect(sum(example?.heatMap?.cells ?? [])).toBeCloseTo(score, TOLERANCE);
      expect(explanation?.result.cells).toHaveLength(
        (explanation?.result.rows ?? 0) * (explanation?.result.columns ?? 0),
      );
      for (const map of [explanation?.result, example?.heatMap])
        expect(await sizeOf(map?.overlay ?? '')).toEqual({ format: 'png', width: 160, height: 120 });
    }
  });

  test('of several adds up over all of them, negatives taking away', async () => {
    for (const strategy of ['average_vector', 'sum_scores']) {
      const { body } = await search({
        positives: [{ id: ids[0] }, { id: ids[2], weight: 2 }],
        negatives: [{ id: ids[4] }],
        strategy,
      });
      for (const { score, explanation } of body.results) {
        expect(explanation?.examples.map(({ list, at }) => [list, at])).toEqual([
          ['positives', 0],
          ['positives', 1],
          ['negatives', 0],
        ]);
        expect(sum(explanation?.examples.map(({ share }) => share) ?? [])).toBeCloseTo(score, TOLERANCE);
        expect(sum(explanation?.examples.flatMap(({ heatMap }) => heatMap?.cells ?? []) ?? [])).toBeCloseTo(
          score,
          TOLERANCE,
        );
        expect(sum(explanation?.result.cells ?? [])).toBeCloseTo(score, TOLERANCE);
      }
    }
  });

  test('of best_score shows the example that decided, and its similarity', async () => {
    const { body } = await search({ positives: [{ id: ids[0] }, { id: ids[2] }], strategy: 'best_score', k: 2 });
    for (const { score, explanation } of body.results) {
      const total = explanation?.total ?? NaN;
      expect(0.5 * (total / (1 + Math.abs(total)) + 1)).toBeCloseTo(score, TOLERANCE);
      expect(explanation?.examples.filter(({ heatMap }) => heatMap !== null)).toHaveLength(1);
    }
  });

  test('of a region shows that region; a vector has no picture', async () => {
    const region = { left: 0, top: 0, width: 80, height: 60 };
    const { body } = await search({ positives: [{ id: ids[0], region }], k: 1 });
    expect(await sizeOf(body.results[0]?.explanation?.examples[0]?.heatMap?.overlay ?? '')).toMatchObject({
      width: 80,
      height: 60,
    });
    const { body: stats } = await api.json<{ encoder: { dimension: number } }>('GET', '/v1/stats');
    const vector = Array.from({ length: stats.encoder.dimension }, (_, at) => Math.sin(at));
    const byVector = await search({ vector, k: 1 });
    expect(byVector.body.results[0]?.explanation?.examples[0]?.heatMap).toBeNull();
    expect(byVector.body.results[0]?.explanation?.total).toBeCloseTo(byVector.body.results[0]?.score ?? NaN, TOLERANCE);
  });

  test('is not made where nobody asks, and not for hundreds', async () => {
    const { body } = await api.json<SimilarDto>('POST', '/v1/search', { id: ids[0] });
    expect(body.results.some((hit) => 'explanation' in hit)).toBe(false);
    const { status, body: problem } = await search({ id: ids[0], k: 100 });
    expect(status).toBe(400);
    expect(problem.fields).toEqual([{ path: 'k', expected: 'at most 24 with explain', received: '100' }]);
  });

  test('is not made for hundreds in groups either', async () => {
    const inGroups = { id: ids[0], groupBy: 'kind', groupSize: 3 };
    expect((await search({ ...inGroups, k: 8 })).status).toBe(200);
    const { status, body: problem } = await search({ ...inGroups, k: 10 });
    expect(status).toBe(400);
    expect(problem.fields).toEqual([{ path: 'k', expected: 'at most 8 groups of 3 with explain', received: '10' }]);
    const tooLarge = await search({ ...inGroups, k: 1, groupSize: 25 });
    expect(tooLarge.body.fields).toEqual([{ path: 'groupSize', expected: 'at most 24 with explain', received: '25' }]);
    const searches = [4, 5].map((k) => ({ ...inGroups, k, explain: true }));
    const { body } = await api.json<{ answers: { status: string; error?: Problem }[] }>('POST', '/v1/search/batch', {
      searches,
    });
    expect(body.answers.map((answer) => answer.status)).toEqual(['found', 'failed']);
    expect(body.answers[1]?.error?.fields).toEqual([
      { path: 'explain', expected: 'at most 24 results explained in a batch', received: '27' },
    ]);
  });
});

test('a tap that is not linear in a feature map has no explanation', async () => {
  const other = await TestApi.start({ LIKENESS_TAP: 'logits' });
  try {
    const { body } = await other.form<UploadAnswer>(
      '/v1/images?wait=searchable',
      formOf([
        ['a.jpg', await scene(1)],
        ['b.jpg', await scene(2)],
      ]),
    );
    const id = body.items[0]?.image?.id;
    expect(await other.json('POST', '/v1/search', { id, explain: true })).toMatchObject({
      status: 422,
      body: { code: 'explanation_unavailable' },
    });
  } finally {
    await other.stop();
  }
});
