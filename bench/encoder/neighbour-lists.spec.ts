import { describe, expect, it } from 'vitest';
import { changeOf, neighbourLists, precisionAtOne } from './neighbour-lists.js';

/** Four directions in the plane: two pairs of neighbours. */
const PAIRS = Float32Array.from([1, 0, 2, 0.2, 0, 1, 0.3, 3]);

describe('neighbourLists', () => {
  it('names the nearest others by cosine, whatever the lengths', () => {
    expect(Array.from(neighbourLists({ vectors: PAIRS, dimension: 2 }, 1).rows)).toEqual([1, 0, 3, 2]);
    expect(Array.from(neighbourLists({ vectors: PAIRS, dimension: 2 }, 3).rows).slice(0, 3)).toEqual([1, 3, 2]);
  });
});

describe('changeOf', () => {
  const lists = (vectors: Float32Array, k: number) => neighbourLists({ vectors, dimension: 2 }, k);

  it('is none against itself in other lengths', () => {
    const change = changeOf(
      lists(PAIRS, 2),
      lists(
        PAIRS.map((value) => value * 7),
        2,
      ),
    );
    expect(change).toMatchObject({ overlap: { mean: 1 }, sameNearest: { mean: 1 } });
    expect(change.leastCosine).toBeCloseTo(1, 6);
  });

  it('counts the neighbours that are named no more, and the vectors that turned', () => {
    // The second vector goes over to the other pair.
    const turned = Float32Array.from([1, 0, 0.2, 2, 0, 1, 0.3, 3]);
    const change = changeOf(lists(PAIRS, 1), lists(turned, 1));
    expect(change.overlap.mean).toBe(0);
    expect(change.leastCosine).toBeCloseTo(0.198, 3);
    expect(changeOf(lists(PAIRS, 3), lists(turned, 3)).overlap.mean).toBe(1);
  });

  it('refuses what does not correspond', () => {
    expect(() => changeOf(lists(PAIRS, 1), lists(PAIRS.subarray(0, 4), 1))).toThrow(/same dimension/);
  });
});

describe('precisionAtOne', () => {
  it('is the share of rows whose nearest is of their class', () => {
    const found = neighbourLists({ vectors: PAIRS, dimension: 2 }, 1);
    expect(precisionAtOne(found, Int32Array.of(0, 0, 1, 1)).mean).toBe(1);
    expect(precisionAtOne(found, Int32Array.of(0, 0, 1, 2)).mean).toBe(0.5);
  });
});
