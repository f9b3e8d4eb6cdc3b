import { describe, expect, it } from 'vitest';
import { Random } from '../numeric/random.js';
import { pairedDifference } from './paired-difference.js';

const outcomes = (
  right: readonly number[],
  { first = 0, groups }: { first?: number; groups?: readonly number[] } = {},
) => ({
  imageIds: right.map((_, at) => String(first + at)),
  groups: groups ?? right.map((_, at) => at),
  right,
});

/** So many images that both, only a, only b, and neither decided right. */
const table = (both: number, onlyA: number, onlyB: number, neither: number) => {
  const rows = [
    [both, 1, 1],
    [onlyA, 1, 0],
    [onlyB, 0, 1],
    [neither, 0, 0],
  ] as const;
  const column = (at: 1 | 2) => outcomes(rows.flatMap((row) => new Array<number>(row[0]).fill(row[at])));
  return [column(1), column(2)] as const;
};

describe('pairedDifference', () => {
  it('is that of the shares, with the adjusted interval of dependent ones', () => {
    // (12.5 − 4.5) ÷ 102 ± 1.96 √(17 − 8² ÷ 102) ÷ 102
    const result = pairedDifference(...table(70, 4, 12, 14));
    expect(result).toMatchObject({ n: 100, a: 0.74, b: 0.82, clear: true });
    expect(result?.difference).toBeCloseTo(0.08, 12);
    expect(result?.low).toBeCloseTo(0.0007, 3);
    expect(result?.high).toBeCloseTo(0.1562, 3);
  });

  it('turns round with its sides', () => {
    const [a, b] = table(50, 2, 30, 18);
    const [there, back] = [pairedDifference(a, b), pairedDifference(b, a)];
    expect(there).toMatchObject({ clear: true });
    expect(back).toMatchObject({ clear: true, a: there?.b, b: there?.a });
    expect(back?.difference).toBeCloseTo(-(there?.difference ?? NaN), 12);
    expect(back?.low).toBeCloseTo(-(there?.high ?? NaN), 12);
  });

  it('counts only images of both, and of these only those labelled alike', () => {
    const [a, b] = [outcomes([1, 1, 0, 0]), outcomes([0, 1, 1, 0, 0, 0], { first: 2 })];
    expect(pairedDifference(a, b)).toMatchObject({ n: 2, a: 0, b: 0.5 });
    expect(pairedDifference(a, b, (id) => id !== '3')).toMatchObject({ n: 1, difference: 0 });
    expect(pairedDifference(a, outcomes([1], { first: 9 }))).toBeNull();
  });

  it('images on which both agree make no difference, however many there are of other ones', () => {
    const same = pairedDifference(...table(30, 0, 0, 10));
    expect(same).toMatchObject({ difference: 0, clear: false });
    expect(same?.low).toBeCloseTo(-(same?.high ?? NaN), 12);
    expect(same?.high).toBeLessThan(0.07);
  });

  it('near-duplicates count once', () => {
    const [a, b] = [new Array<number>(40).fill(0), new Array<number>(40).fill(1)];
    const alone = pairedDifference(outcomes(a), outcomes(b));
    const alike = pairedDifference(outcomes(a), outcomes(b, { groups: a.map((_, at) => Math.floor(at / 10)) }));
    expect([alone?.n, alike?.n]).toEqual([40, 4]);
    expect(alike?.low).toBeLessThan(alone?.low ?? NaN);
  });

  it('covers the true difference in about 95 of 100 draws, also where few images disagree', () => {
    const random = new Random(5);
    for (const [n, onlyA, onlyB] of [
      [40, 0.05, 0.15],
      [120, 0.02, 0.05],
    ] as const) {
      let covered = 0;
      for (let draw = 0; draw < 400; draw++) {
        const rows = Array.from({ length: n }, () => random.next());
        const a = outcomes(rows.map((u) => (u < onlyA ? 1 : u < onlyA + onlyB ? 0 : u < 0.9 ? 1 : 0)));
        const b = outcomes(rows.map((u) => (u < onlyA ? 0 : u < onlyA + onlyB ? 1 : u < 0.9 ? 1 : 0)));
        const result = pairedDifference(a, b);
        if (result && result.low <= onlyB - onlyA && onlyB - onlyA <= result.high) covered++;
      }
      expect(covered / 400).toBeGreaterThan(0.92);
    }
  });
});
