import type { NearRule } from '#libs/catalogue';
import { hashDistance, type HashWords } from '#libs/imaging';
import { dot } from '../similar/dot.js';
import { isNear, mostBits, ruleFor } from './near-rule.js';

/** What decides whether an image is a near-duplicate of another. */
export interface Look {
  readonly hash: HashWords;
  readonly vector: Float32Array;
}

const COPIED_AT_ONCE = 1_000;
const pause = () => new Promise<void>((resolve) => setImmediate(resolve));

/** Looks one after the other, in memory that can be handed to a thread. */
export interface LookColumns {
  /** Two words an image. */
  readonly hashes: Float64Array<ArrayBuffer>;
  /** `dimension` components an image. */
  readonly vectors: Float32Array<ArrayBuffer>;
  readonly dimension: number;
}

export async function columnsOf(looks: readonly Look[]): Promise<LookColumns> {
  const dimension = looks[0]?.vector.length ?? 0;
  const columns = {
    hashes: new Float64Array(2 * looks.length),
    vectors: new Float32Array(dimension * looks.length),
    dimension,
  };
  for (const [at, { hash, vector }] of looks.entries()) {
    columns.hashes.set([hash.high, hash.low], 2 * at);
    columns.vectors.set(vector, dimension * at);
    if (at % COPIED_AT_ONCE === COPIED_AT_ONCE - 1) await pause();
  }
  return columns;
}

export function looksOf({ hashes, vectors, dimension }: LookColumns): Look[] {
  return Array.from({ length: hashes.length / 2 }, (_, at) => ({
    hash: { high: hashes[2 * at] as number, low: hashes[2 * at + 1] as number },
    vector: vectors.subarray(dimension * at, dimension * (at + 1)),
  }));
}

/** Comparisons between two pauses, in which the thread does what else it is asked for. */
const AT_ONCE = 50_000;

/**
 * Compares all with all, the hashes first: few pairs are left then of which the cosine is asked. Ten thousand images take
 * seconds, and ten times as many a hundred times as long.
 *
 * @returns pairs of places in `looks`, no more than it takes to tie together whatever hangs together by near-duplicates: a
 *   thousand copies of one picture are half a million pairs
 * @param isRejected whether somebody said that two are no duplicates
 */
export async function nearJoins(
  looks: readonly Look[],
  rule: NearRule,
  isRejected: (one: number, other: number) => boolean,
): Promise<[number, number][]> {
  const joins: [number, number][] = [];
  const lengths = looks.map(({ vector }) => Math.sqrt(dot(vector, vector)));
  const parent = looks.map((_, at) => at);
  const most = mostBits(rule);
  let compared = 0;
  for (const [one, own] of looks.entries()) {
    compared += looks.length - one;
    if (compared > AT_ONCE) {
      compared = 0;
      await pause();
    }
    for (let other = one + 1; other < looks.length; other++) {
      const theirs = looks[other] as Look;
      const distance = hashDistance(own.hash, theirs.hash);
      if (distance > most) continue;
      const [root, otherRoot] = [rootOf(parent, one), rootOf(parent, other)];
      if (root === otherRoot) continue;
      const cosine = dot(own.vector, theirs.vector) / ((lengths[one] as number) * (lengths[other] as number));
      if (!isNear(ruleFor(rule, own.hash, theirs.hash), cosine, distance) || isRejected(one, other)) continue;
      parent[otherRoot] = root;
      joins.push([one, other]);
    }
  }
  return joins;
}

function rootOf(parent: number[], place: number): number {
  let root = place;
  while (parent[root] !== root) root = parent[root] as number;
  parent[place] = root;
  return root;
}
