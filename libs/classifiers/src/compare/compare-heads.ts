import { DomainError } from '#libs/errors';
import { Random } from '../numeric/random.js';

export interface HeadComparison {
  /** Images both heads were asked about. */
  readonly n: number;
  readonly accuracyA: number;
  readonly accuracyB: number;
  /** B − A, with its 95 % interval by resampling images. */
  readonly difference: { readonly value: number; readonly low: number; readonly high: number };
  /** Only A right, only B right. */
  readonly onlyA: number;
  readonly onlyB: number;
  /** Chance of a split as uneven as this if the heads were equally good (exact McNemar test, two-sided). */
  readonly pValue: number;
  readonly words: string;
}

/**
 * Compares two versions on the same images, image by image.
 *
 * @param a 1 where version A was right, else 0
 * @param b the same images, version B
 * @throws DomainError `invalid_request` when the lengths differ
 */
export function compareHeads(a: ArrayLike<number>, b: ArrayLike<number>, seed = 1): HeadComparison {
  if (a.length !== b.length) throw new DomainError('invalid_request', 'Two versions are compared on the same images.');
  const n = a.length;
  const differences = Float64Array.from({ length: n }, (_, at) => (b[at] as number) - (a[at] as number));
  const onlyB = differences.filter((value) => value > 0).length;
  const onlyA = differences.filter((value) => value < 0).length;
  const accuracy = (hits: ArrayLike<number>) => Array.from(hits).reduce((sum, hit) => sum + hit, 0) / Math.max(1, n);
  const difference = { value: accuracy(b) - accuracy(a), ...resample(differences, seed) };
  const pValue = signTest(onlyA, onlyB);
  return {
    n,
    accuracyA: accuracy(a),
    accuracyB: accuracy(b),
    difference,
    onlyA,
    onlyB,
    pValue,
    words: inWords(n, pValue, difference),
  };
}

function inWords(n: number, pValue: number, difference: HeadComparison['difference']): string {
  if (n < 20) return `Only ${n} images: too few to tell which version is better.`;
  if (pValue > 0.05) return `No difference that could not be chance (p = ${pValue.toFixed(2)}, ${n} images).`;
  const points = Math.abs(100 * difference.value).toFixed(1);
  return `Version ${difference.value > 0 ? 'B' : 'A'} is better by ${points} points (p = ${pValue.toPrecision(2)}, ${n} images).`;
}

function resample(differences: Float64Array, seed: number): { low: number; high: number } {
  const random = new Random(seed);
  const n = differences.length;
  if (n === 0) return { low: -1, high: 1 };
  const means = Float64Array.from({ length: 1000 }, () => {
    let sum = 0;
    for (let draw = 0; draw < n; draw++) sum += differences[random.integer(n)] as number;
    return sum / n;
  }).sort();
  return { low: means[25] as number, high: means[974] as number };
}

/** Two-sided binomial test of a fair coin. */
function signTest(one: number, other: number): number {
  const n = one + other;
  if (n === 0) return 1;
  let logTerm = -n * Math.LN2;
  let tail = 0;
  for (let k = 0; k <= Math.min(one, other); k++) {
    tail += Math.exp(logTerm);
    logTerm += Math.log((n - k) / (k + 1));
  }
  return Math.min(1, 2 * tail);
}
