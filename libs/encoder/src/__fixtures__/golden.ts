import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { projectRoot } from '#libs/config';

/** What one tap gave for one drawn picture. */
export interface GoldenVector {
  /** The first sixteen components. */
  readonly head: readonly number[];
  /** Euclidean length of the whole vector. */
  readonly norm: number;
}

export interface Golden {
  readonly fingerprint: string;
  /** By picture, then by tap. */
  readonly pictures: Readonly<Record<string, Readonly<Record<string, GoldenVector>>>>;
}

export const HEAD_LENGTH = 16;
export const GOLDEN_FILE = path.join(projectRoot(), 'libs/encoder/src/__fixtures__/golden-bundled.json');

export async function readGolden(): Promise<Golden> {
  return JSON.parse(await readFile(GOLDEN_FILE, 'utf8')) as Golden;
}

/** Float32 has seven digits; nine are kept. */
export function goldenOf(vector: Float32Array): GoldenVector {
  return { head: Array.from(vector.subarray(0, HEAD_LENGTH), shorten), norm: shorten(normOf(vector)) };
}

export function normOf(vector: ArrayLike<number>): number {
  return Math.sqrt(Array.from(vector).reduce((sum, value) => sum + value * value, 0));
}

/** ‖a − b‖ / ‖b‖ */
export function relativeError(a: ArrayLike<number>, b: ArrayLike<number>): number {
  return normOf(Array.from(a, (value, i) => value - (b[i] ?? NaN))) / normOf(b);
}

const shorten = (value: number): number => Number(value.toPrecision(9));
