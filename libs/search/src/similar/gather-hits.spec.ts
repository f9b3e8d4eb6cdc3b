import { describe, expect, it } from 'vitest';
import type { ImageRecord } from '#libs/catalogue';
import type { VectorAnswer, VectorHit } from '#libs/vector-index';
import { gather, type HitSource, type SimilarHit } from './gather-hits.js';

/** An order of ids with falling scores, some of whose images are gone. */
function sourceOf(count: number, options: { gone?: (id: number) => boolean; kind?: (id: number) => unknown } = {}) {
  const asked: number[] = [];
  const all: VectorHit[] = Array.from({ length: count }, (_, i) => ({ id: i + 1, score: 1 - i / 1000 }));
  const source: HitSource = {
    rank: (k) => {
      asked.push(k);
      const hits = all.slice(0, k);
      const answer: VectorAnswer = { hits, plan: 'exact', sequence: 1, estimate: count, matched: count };
      return Promise.resolve(answer);
    },
    join: (hits) =>
      Promise.resolve(
        hits.flatMap(({ id, score }): SimilarHit[] => {
          const image = { id, metadata: { kind: options.kind?.(id) } } as unknown as ImageRecord;
          return options.gone?.(id) ? [] : [{ id, score, distance: 1 - score, image }];
        }),
      ),
  };
  return { source, asked };
}
const idsOf = ({ hits }: { hits: readonly SimilarHit[] }): number[] => hits.map(({ id }) => id);

describe('gathering a page', () => {
  it('asks once where that is enough', async () => {
    const { source, asked } = sourceOf(50);
    const page = await gather(source, { k: 10 });
    expect(idsOf(page)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    expect(page.nextCursor).not.toBeNull();
    expect(asked).toEqual([11]);
  });

  it('leads through all of them, and says where it ends', async () => {
    const { source } = sourceOf(25);
    const seen: number[] = [];
    let cursor: string | undefined;
    for (let pages = 0; pages < 10; pages++) {
      const page = await gather(source, { k: 10, cursor });
      seen.push(...idsOf(page));
      if (page.nextCursor === null) break;
      cursor = page.nextCursor;
    }
    expect(seen).toEqual(Array.from({ length: 25 }, (_, i) => i + 1));
  });

  it('makes up for images that are gone', async () => {
    const { source } = sourceOf(500, { gone: (id) => id <= 100 });
    expect(idsOf(await gather(source, { k: 10 }))).toEqual(Array.from({ length: 10 }, (_, i) => 101 + i));
    const none = await gather(sourceOf(30, { gone: () => true }).source, { k: 10 });
    expect(none).toMatchObject({ hits: [], nextCursor: null });
  });
});

describe('gathering groups', () => {
  it('takes the best groups and fills them', async () => {
    const { source } = sourceOf(1000, { kind: (id) => (id <= 300 ? 'a' : id % 2 ? 'b' : undefined) });
    const { groups, complete } = await gather(source, { k: 2, groupBy: 'kind', groupSize: 2 });
    expect(groups).toEqual([
      { value: 'a', ids: [1, 2] },
      { value: 'b', ids: [301, 303] },
    ]);
    expect(complete).toBe(true);
  });

  it('gives fewer groups, and fewer in a group, only where there are no more', async () => {
    const { source } = sourceOf(40, { kind: (id) => (id === 7 ? true : id % 3) });
    const { groups, complete, nextCursor } = await gather(source, { k: 10, groupBy: 'kind', groupSize: 5 });
    expect(groups?.map(({ value, ids }) => [value, ids.length])).toEqual([
      [1, 5],
      [2, 5],
      [0, 5],
      [true, 1],
    ]);
    expect({ complete, nextCursor }).toEqual({ complete: true, nextCursor: null });
  });

  it('says where it has not looked to the end', async () => {
    const { source } = sourceOf(20_000, { kind: () => 'same' });
    expect(await gather(source, { k: 2, groupBy: 'kind', groupSize: 1 })).toMatchObject({
      groups: [{ value: 'same', ids: [1] }],
      complete: false,
    });
  });
});
