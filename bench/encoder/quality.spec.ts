import { describe, expect, it } from 'vitest';
import { measureQuality } from './quality.js';

/** Two classes on two axes, `mixed` rows of which point the other way. */
function rows(mixed: number) {
  const classes = Int32Array.from({ length: 40 }, (_, at) => at % 2);
  const vectors = new Float32Array(40 * 4);
  for (const [at, one] of classes.entries()) {
    const axis = at < mixed ? 1 - one : one;
    vectors.set([axis === 0 ? 1 : 0, axis === 0 ? 0 : 1, 0.01 * (at % 5), 0], at * 4);
  }
  return { vectors, dimension: 4, classes, draws: 3 };
}

describe('measureQuality', () => {
  it('is perfect where every class lies in a place of its own', () => {
    const quality = measureQuality(rows(0));
    for (const { mean, interval } of Object.values(quality)) {
      expect(mean).toBeCloseTo(1, 10);
      expect(interval).toBeCloseTo(0, 10);
    }
  });

  it('falls as rows lie in the wrong place, and says how sure it is', () => {
    const [some, more] = [measureQuality(rows(4)), measureQuality(rows(12))];
    expect(some.map.mean).toBeLessThan(1);
    expect(more.map.mean).toBeLessThan(some.map.mean);
    expect(more.knn.mean).toBeLessThan(some.knn.mean);
    expect(some.precision5.interval).toBeGreaterThan(0);
  });
});
