import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chooseMerge, LARGEST_SEGMENT, takeWaiting, type SegmentSize } from './merge-policy.js';

const segment = (count: number, deleted = 0): SegmentSize => ({ count, deleted });

/** Seals `batches` one after another; how many segments remain and how many rows were written for each row put in. */
function simulate(batches: readonly number[]): { segments: SegmentSize[]; amplification: number } {
  let segments: SegmentSize[] = [];
  let written = 0;
  for (const batch of batches) {
    const merged = chooseMerge(batch, segments);
    const count = batch + merged.reduce((sum, { count: rows }) => sum + rows, 0);
    segments = [...segments.filter((kept) => !merged.includes(kept)), segment(count)];
    written += count;
  }
  return { segments, amplification: written / batches.reduce((sum, batch) => sum + batch, 0) };
}

describe('chooseMerge', () => {
  it('takes in segments that are small beside the new rows', () => {
    expect(chooseMerge(92_000, [segment(8192)])).toEqual([segment(8192)]);
    expect(chooseMerge(8192, [segment(92_000)])).toEqual([]);
  });

  it('rebuilds a segment of which more than a fifth is deleted, and no other', () => {
    expect(chooseMerge(0, [segment(100_000, 20_000), segment(1000, 201)])).toEqual([segment(1000, 201)]);
    expect(chooseMerge(0, [segment(2 * LARGEST_SEGMENT, LARGEST_SEGMENT / 2)])).toHaveLength(1);
  });

  it('leaves nothing to do after a rebuild', () => {
    expect(chooseMerge(0, [segment(800), segment(90_000)])).toEqual([]);
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

describe('takeWaiting', () => {
  it('takes the oldest tails that fit into one segment together, and always one', () => {
    const tails = Array.from({ length: 40 }, () => segment(8192));
    expect(takeWaiting(tails)).toHaveLength(Math.floor(LARGEST_SEGMENT / 8192));
    expect(takeWaiting(tails.slice(0, 3))).toHaveLength(3);
    expect(takeWaiting([segment(2 * LARGEST_SEGMENT), segment(1)])).toHaveLength(1);
    expect(takeWaiting([])).toEqual([]);
  });
});
