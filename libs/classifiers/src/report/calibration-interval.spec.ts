import { describe, expect, it } from 'vitest';
import { Random } from '../numeric/random.js';
import { calibrationBins, calibrationError } from './calibration-error.js';
import { calibrationInterval, type Confidence } from './calibration-interval.js';

/** One head's answers: right with the probability that `share` makes of what it says. */
function answers(random: Random, n: number, share: (p: number) => number): Confidence[] {
  return Array.from({ length: n }, () => {
    const p = 0.4 + 0.6 * random.next();
    return [p, Number(random.next() < share(p))];
  });
}

const intervalOf = (pairs: readonly Confidence[], seed: number, copies = 1) =>
  calibrationInterval(
    pairs.map((_, row) => Array.from({ length: copies }, (_unused, copy) => row * copies + copy)),
    pairs.flatMap((pair) => Array.from({ length: copies }, () => [pair])),
    { resampling: new Random(seed), chance: new Random(seed + 1) },
  );

describe('calibrationInterval', () => {
  const HEADS = 40;

  it.each([
    ['perfect', 150, (p: number) => p, 0],
    ['overconfident', 200, (p: number) => p - 0.12, 0.12],
    ['very overconfident', 120, (p: number) => p - 0.25, 0.25],
  ])('covers the true error of a %s head', { timeout: 60_000 }, (_, n, share, truth) => {
    let covered = 0;
    for (let seed = 0; seed < HEADS; seed++) {
      const { low, high } = intervalOf(answers(new Random(1000 + seed), n, share), seed);
      covered += Number(low <= truth && truth <= high);
    }
    expect(covered / HEADS).toBeGreaterThanOrEqual(0.85);
  });

  it('holds the error itself', () => {
    for (let seed = 0; seed < 10; seed++) {
      const pairs = answers(new Random(seed), 200, (p) => p);
      const error = calibrationError(
        calibrationBins(
          pairs.map(([p]) => p),
          pairs.map(([, hit]) => hit),
        ),
      );
      const { low, high } = intervalOf(pairs, seed);
      expect(low).toBeLessThanOrEqual(error);
      expect(high).toBeGreaterThanOrEqual(error);
    }
  });

  it('is not narrowed by copies of the same images', () => {
    const pairs = answers(new Random(5), 150, (p) => p - 0.1);
    const alone = intervalOf(pairs, 7);
    const copied = intervalOf(pairs, 7, 4);
    expect(copied.high - copied.low).toBeGreaterThan(0.8 * (alone.high - alone.low));
  });

  it('knows nothing of no images', () => {
    expect(calibrationInterval([], [], { resampling: new Random(1), chance: new Random(2) })).toMatchObject({ low: 0 });
  });
});
