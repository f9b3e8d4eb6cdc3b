import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ImageRecord } from '#libs/catalogue';
import type { SearchPlan, VectorAnswer, VectorHit } from '#libs/vector-index';
import { foldRanked } from '../duplicates/fold-duplicates.js';
import { gather, type HitSource, type SimilarHit } from './gather-hits.js';

interface SourceOptions {
  gone?: (id: number) => boolean;
  kind?: (id: number) => unknown;
  family?: (id: number) => number;
  /** How far a score is below the one before it. */
  step?: number;
  plan?: SearchPlan;
}

/** An order of ids with falling scores, some of whose images are gone. */
function sourceOf(count: number, options: SourceOptions = {}) {
  const { step = 1 / 1000, plan = 'exact' } = options;
  const asked: number[] = [];
  const all: VectorHit[] = Array.from({ length: count }, (_, i) => ({ id: i + 1, score: 1 - i * step }));
  const source: HitSource = {
    rank: (k) => {
      asked.push(k);
      const hits = all.slice(0, k);
      const answer: VectorAnswer = { hits, plan, sequence: 1, estimate: count, matched: count };
      return Promise.resolve(answer);
    },
    join: (hits) =>
      Promise.resolve(
        hits.flatMap(({ id, score }): SimilarHit[] => {
          const image = { id, metadata: { kind: options.kind?.(id) } } as unknown as ImageRecord;
          return options.gone?.(id) ? [] : [{ id, score, distance: 1 - score, image }];
        }),
      ),
    fold: (hits) => {
      // Pairs of an image that is gone are gone with it.
      const bests = new Map<number, number>();
      const pairs = hits.flatMap(({ id }): [number, number][] => {
        const family = options.family?.(id) ?? id;
        const best = bests.get(family);
        if (options.gone?.(id)) return [];
        if (best === undefined) bests.set(family, id);
        return best === undefined ? [] : [[best, id]];
      });
      return Promise.resolve(foldRanked(hits, pairs));
    },
  };
  return { source, asked, all };
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

  it('is not the last where an image was stored before it or deleted since', async () => {
    const gone = new Set<number>();
    const { source, all } = sourceOf(1000, { gone: (id) => gone.has(id) });
    const first = await gather(source, { k: 10 });
    all.unshift({ id: 2000, score: 1 });
    const second = await gather(source, { k: 10, cursor: first.nextCursor ?? '' });
    expect(idsOf(second)).toEqual(Array.from({ length: 10 }, (_, i) => 11 + i));
    expect(second.nextCursor).not.toBeNull();
    gone.add(25);
    const third = await gather(source, { k: 10, cursor: second.nextCursor ?? '' });
    expect(idsOf(third)).toEqual([21, 22, 23, 24, 26, 27, 28, 29, 30, 31]);
    expect(third.nextCursor).not.toBeNull();
  });

  it('goes on as deep as a search looks', async () => {
    const { source } = sourceOf(20_000);
    const seen: number[] = [];
    for (let cursor: string | null | undefined; cursor !== null;) {
      const page: Awaited<ReturnType<typeof gather>> = await gather(source, { k: 999, cursor });
      seen.push(...idsOf(page));
      cursor = page.nextCursor;
    }
    expect(seen).toEqual(Array.from({ length: 10_000 }, (_, i) => i + 1));
  });

  it.each([
    ['exact', 1500],
    ['filtered-exact', 1500],
    ['hnsw', 1000],
    ['filtered-hnsw', 1000],
  ] as const)(
    'goes past more than 1,000 equal scores where their order is the same each time: %s',
    async (plan, end) => {
      const { source } = sourceOf(1500, { step: 0, plan });
      const seen: number[] = [];
      for (let cursor: string | null | undefined; cursor !== null;) {
        const page: Awaited<ReturnType<typeof gather>> = await gather(source, { k: 100, cursor });
        seen.push(...idsOf(page));
        cursor = page.nextCursor;
        if (seen.length > 2000) break;
      }
      expect(seen).toEqual(Array.from({ length: end }, (_, i) => i + 1));
    },
  );

  it('gives what stays once, and fewer than k only at the end, whatever comes and goes between the pages', async () => {
    const change = fc.record({
      stored: fc.array(fc.nat({ max: 300 }), { maxLength: 30 }),
      deleted: fc.array(fc.nat({ max: 330 }), { maxLength: 30 }),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.nat({ max: 300 }),
        fc.integer({ min: 1, max: 20 }),
        fc.array(change, { maxLength: 20 }),
        async (count, k, changes) => {
          const gone = new Set<number>();
          const { source, all } = sourceOf(count, { gone: (id) => gone.has(id) });
          const seen: number[] = [];
          let pages = 0;
          for (let cursor: string | null | undefined; cursor !== null; pages++) {
            const page: Awaited<ReturnType<typeof gather>> = await gather(source, { k, cursor });
            if (page.nextCursor !== null) expect(page.hits).toHaveLength(k);
            seen.push(...idsOf(page));
            cursor = page.nextCursor;
            const { stored, deleted } = changes[pages] ?? { stored: [], deleted: [] };
            if (cursor === null) break;
            for (const id of deleted) gone.add(id);
            for (const place of stored) all.push({ id: all.length + 1, score: 1 - (place + 0.5) / 1000 });
            all.sort((a, b) => b.score - a.score || a.id - b.id);
          }
          expect(new Set(seen).size).toBe(seen.length);
          const stayed = Array.from({ length: count }, (_, i) => i + 1).filter((id) => !gone.has(id));
          expect(seen.filter((id) => id <= count && !gone.has(id))).toEqual(stayed);
        },
      ),
      { numRuns: 100 },
    );
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

describe('collapsing near-duplicates', () => {
  it('lists them under the best of them, and counts what is left', async () => {
    const { source } = sourceOf(20, { family: (id) => (id <= 12 ? id % 3 : id) });
    const page = await gather(source, { k: 4, collapse: true });
    expect(page.hits.map(({ id, duplicates }) => [id, duplicates?.map((one) => one.id)])).toEqual([
      [1, [4, 7, 10]],
      [2, [5, 8, 11]],
      [3, [6, 9, 12]],
      [13, []],
    ]);
    expect(page.complete).toBe(true);
  });

  it('says where it has not looked to the end', async () => {
    const { source } = sourceOf(20_000, { family: (id) => Math.min(id, 2) });
    const page = await gather(source, { k: 3, collapse: true });
    expect([idsOf(page), page.complete, page.nextCursor]).toEqual([[1, 2], false, null]);
  });

  it('gives fewer than k only where fewer families are there, on every page, each once', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.nat({ max: 15 }), { maxLength: 300 }),
        fc.integer({ min: 1, max: 20 }),
        fc.func(fc.boolean()),
        async (families, k, gone) => {
          const { source } = sourceOf(families.length, {
            family: (id) => families[id - 1] ?? 0,
            gone: (id) => gone(id),
          });
          const whole = await gather(source, { k: 1000, collapse: true });
          const best = new Map<number, number>();
          families.forEach((family, at) => {
            if (!gone(at + 1) && !best.has(family)) best.set(family, at + 1);
          });
          const expected = [...best.values()].sort((a, b) => a - b);
          expect(idsOf(whole)).toEqual(expected);
          const seen: number[] = [];
          for (let cursor: string | null | undefined; cursor !== null;) {
            const page: Awaited<ReturnType<typeof gather>> = await gather(source, { k, cursor, collapse: true });
            expect(page.complete).toBe(true);
            if (page.nextCursor !== null) expect(page.hits).toHaveLength(k);
            seen.push(...idsOf(page));
            cursor = page.nextCursor;
          }
          expect(seen).toEqual(expected);
        },
      ),
      { numRuns: 60 },
    );
  });
});
