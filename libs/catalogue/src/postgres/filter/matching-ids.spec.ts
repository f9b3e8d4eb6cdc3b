import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { unpackIds, type IdPage } from './matching-ids.js';

/** What the database sends for these ids. */
function pagesOf(ids: readonly number[]): IdPage[] {
  const pages = new Map<number, number[]>();
  for (const id of ids)
    pages.set(Math.floor(id / 65_536), [...(pages.get(Math.floor(id / 65_536)) ?? []), id % 65_536]);
  return [...pages.entries()]
    .sort(([a], [b]) => a - b)
    .map(([page, lows]) => {
      const low = Buffer.alloc(lows.length * 2);
      lows.forEach((one, i) => low.writeInt16BE(one - 32_768, i * 2));
      return { page, low };
    });
}

describe('unpackIds', () => {
  it('gives the ids in order, whatever the order in their pages', async () => {
    const id = fc.oneof(
      fc.integer({ min: 1, max: 200_000 }),
      fc.maxSafeNat().filter((n) => n > 0),
    );
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(id, { maxLength: 300 }), async (ids) => {
        expect([...(await unpackIds(pagesOf(ids)))]).toEqual([...ids].sort((a, b) => a - b));
      }),
      { seed: 8, numRuns: 200 },
    );
  });

  it('gives memory that threads share', async () => {
    expect((await unpackIds(pagesOf([3, 65_536]))).buffer).toBeInstanceOf(SharedArrayBuffer);
  });
});
