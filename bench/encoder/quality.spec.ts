import { describe, expect, it } from 'vitest';
import { shown, type Measured } from './measures.js';
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
    for (const measured of Object.values(quality)) {
      expect(measured?.mean).toBeCloseTo(1, 10);
      expect(measured?.interval).toBeCloseTo(0, 10);
    }
  });

  it('falls as rows lie in the wrong place, and says how sure it is', () => {
    const [some, more] = [measureQuality(rows(4)), measureQuality(rows(12))];
    const mean = (measured: Measured | null) => measured?.mean ?? NaN;
    expect(mean(some.map)).toBeLessThan(1);
    expect(mean(more.map)).toBeLessThan(mean(some.map));
    expect(mean(more.knn)).toBeLessThan(mean(some.knn));
    expect(some.precision5?.interval).toBeGreaterThan(0);
  });

  it('says of how many classes the few-shot figures are, and nothing where fewer than two are large enough', () => {
    const classes = Int32Array.from({ length: 40 }, (_, at) => (at < 7 ? 0 : at < 19 ? 1 : at < 39 ? 2 : 3));
    const quality = measureQuality({ ...rows(0), classes });
    expect([quality.linear5?.classes, quality.linear10?.classes]).toEqual([3, 2]);
    expect(shown(quality.linear10)).toMatch(/^0\.\d{3} ± 0\.\d{3} \(2 classes\)$/);
    const one = measureQuality({
      ...rows(0),
      classes: Int32Array.from({ length: 40 }, (_, at) => Math.max(0, at - 30)),
    });
    expect([one.linear5, one.linear10]).toEqual([null, null]);
    expect(shown(one.linear10)).toBe('–');
  });

  it('says nothing of neighbours where no class has a second photo', () => {
    const quality = measureQuality({ ...rows(0), classes: Int32Array.from({ length: 40 }, (_, at) => at) });
    expect(Object.values(quality)).toEqual([null, null, null, null, null, null]);
  });
});
