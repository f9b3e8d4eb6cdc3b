import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chooseBase, chooseMerge, LARGEST_SEGMENT, takeWaiting, type SegmentSize } from './merge-policy.js';

/** Rows with ids in no order, so that no graph can be gone on with. */
const segment = (count: number, deleted = 0): SegmentSize => ({
  count,
  deleted,
  hasGraph: true,
  firstId: 1,
  lastId: 1_000_000,
});
/** Rows with the ids that come after `firstId`. */
const inOrder = (firstId: number, count: number, deleted = 0): SegmentSize => ({
  count,
  deleted,
  hasGraph: true,
  firstId,
  lastId: firstId + count - 1,
});
const tail = (count: number) => [{ ...segment(count), hasGraph: false }];

/** Seals `batches` one after another; how many segments remain and how many rows were written for each row put in. */
function simulate(batches: readonly number[]): { segments: SegmentSize[]; amplification: number } {
  let segments: SegmentSize[] = [];
  let written = 0;
  for (const batch of batches) {
    const merged = chooseMerge(tail(batch), segments);
    const count = batch + merged.reduce((sum, { count: rows }) => sum + rows, 0);
    segments = [...segments.filter((kept) => !merged.includes(kept)), segment(count)];
    written += count;
  }
  return { segments, amplification: written / batches.reduce((sum, batch) => sum + batch, 0) };
}

describe('chooseMerge', () => {
  it('takes in segments that are small beside the new rows', () => {
    expect(chooseMerge(tail(92_000), [segment(8192)])).toEqual([segment(8192)]);
    expect(chooseMerge(tail(8192), [segment(92_000)])).toEqual([]);
  });

  it('rebuilds a segment of which more than a fifth is deleted, and no other', () => {
    expect(chooseMerge([], [segment(100_000, 20_000), segment(1000, 201)])).toEqual([segment(1000, 201)]);
    expect(chooseMerge([], [segment(2 * LARGEST_SEGMENT, LARGEST_SEGMENT / 2)])).toHaveLength(1);
  });

  it('leaves nothing to do after a rebuild', () => {
    expect(chooseMerge([], [segment(800), segment(90_000)])).toEqual([]);
  });

  it('goes on with a graph whose ids all come before, once that adds a twentieth', () => {
    const large = inOrder(1, 90_000);
    expect(chooseMerge([inOrder(90_001, 8192)], [large])).toEqual([large]);
    expect(chooseMerge([inOrder(90_001, 1024)], [large])).toEqual([]);
    expect(chooseMerge([inOrder(500, 8192)], [large])).toEqual([]);
    expect(chooseMerge([], [large, inOrder(90_001, 6000)])).toHaveLength(2);
    expect(chooseMerge([], [large, inOrder(90_001, 3000)])).toEqual([]);
    expect(chooseMerge([], [large, inOrder(80_001, 6000)])).toEqual([]);
  });

  it('keeps a steady stream in few segments with few rewrites', () => {
    const { segments, amplification } = simulate(Array.from({ length: 200 }, () => 1000));
    expect(segments.length).toBeLessThanOrEqual(6);
    expect(amplification).toBeLessThan(7);
  });

  it('never grows a segment past the largest unless one batch is larger', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: LARGEST_SEGMENT }), { minLength: 1, maxLength: 40 }),
        (batches) => {
          for (const { count } of simulate(batches).segments) expect(count).toBeLessThanOrEqual(LARGEST_SEGMENT);
        },
      ),
    );
  });
});

describe('chooseBase', () => {
  it('is the largest graph, unless worn or with ids among those of the others', () => {
    const [small, large] = [inOrder(90_001, 8192), inOrder(1, 90_000)];
    expect(chooseBase([small, large])).toBe(large);
    expect(chooseBase([inOrder(1, 90_000, 20_000), small])).toBeUndefined();
    expect(chooseBase([large, inOrder(89_999, 8192)])).toBeUndefined();
    expect(chooseBase([{ ...large, hasGraph: false }])).toBeUndefined();
  });
});

describe('takeWaiting', () => {
  it('takes the oldest tails that fit into one segment together, and always one', () => {
    const tails = Array.from({ length: 40 }, () => segment(8192));
    expect(takeWaiting(tails)).toHaveLength(Math.floor(LARGEST_SEGMENT / 8192));
    expect(takeWaiting(tails.slice(0, 3))).toHaveLength(3);
    expect(takeWaiting([segment(2 * LARGEST_SEGMENT), segment(1)])).toHaveLength(1);
    expect(takeWaiting([])).toEqual([]);
  });
});
