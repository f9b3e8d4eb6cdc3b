import { hashDistance, type HashWords } from '#libs/imaging';
import { VARIANTS, type DescribedPhotos } from './describe-photos.js';

/** A photo and a copy: how alike they are, and whether one was made from the other. */
export interface ComparedPairs {
  readonly count: number;
  readonly cosine: Float32Array;
  readonly distance: Uint8Array;
  /** As `distance`, without looking at the mirror image. */
  readonly asTheyAre: Uint8Array;
  /** Number of the alteration where the copy is one of this photo, −1 where it is of another, −2 where of its twin. */
  readonly alteration: Int8Array;
  /** Photos that are in the folder twice, which nobody can tell apart: pairs of them and their copies do not count. */
  readonly twins: readonly (readonly [number, number])[];
  /** Photo and copy's row of each pair. */
  readonly of: (pair: number) => { photo: number; row: number };
}

/** Photos as alike as this are one picture, saved twice. */
const TWIN = { cosine: 0.99, bits: 2 };

/** Every photo with every altered copy of it, and with every other photo and all of its copies. */
export function comparePairs({ photos, dimension, vectors, hashes }: DescribedPhotos): ComparedPairs {
  const rows = photos * VARIANTS;
  const count = photos * rows - photos;
  const [cosine, distance] = [new Float32Array(count), new Uint8Array(count)];
  const [asTheyAre, alteration] = [new Uint8Array(count), new Int8Array(count)];
  const twins = findTwins({ photos, dimension, vectors, hashes });
  const isTwin = new Set(twins.flatMap(([a, b]) => [a * photos + b, b * photos + a]));
  let pair = 0;
  for (let photo = 0; photo < photos; photo++) {
    const own = photo * VARIANTS;
    for (let row = 0; row < rows; row++) {
      if (row === own) continue;
      cosine[pair] = dot(vectors, own * dimension, row * dimension, dimension);
      const [a, b] = [hashes[own], hashes[row]] as [HashWords, HashWords];
      distance[pair] = hashDistance(a, b);
      asTheyAre[pair] = ones(a.high ^ b.high) + ones(a.low ^ b.low);
      const other = Math.floor(row / VARIANTS);
      alteration[pair] = other === photo ? row - own - 1 : isTwin.has(photo * photos + other) ? -2 : -1;
      pair++;
    }
  }
  const of = (at: number) => {
    const photo = Math.floor(at / (rows - 1));
    const row = at % (rows - 1);
    return { photo, row: row < photo * VARIANTS ? row : row + 1 };
  };
  return { count, cosine, distance, asTheyAre, alteration, twins, of };
}

function findTwins({ photos, dimension, vectors, hashes }: DescribedPhotos): [number, number][] {
  const twins: [number, number][] = [];
  const step = VARIANTS * dimension;
  for (let one = 0; one < photos; one++) {
    for (let other = one + 1; other < photos; other++) {
      const [a, b] = [hashes[one * VARIANTS], hashes[other * VARIANTS]] as [HashWords, HashWords];
      if (hashDistance(a, b) > TWIN.bits) continue;
      if (dot(vectors, one * step, other * step, dimension) >= TWIN.cosine) twins.push([one, other]);
    }
  }
  return twins;
}

/** What a rule finds: of `made` pairs that were made, `right`; and `wrong` pairs of different photos. */
export interface Found {
  readonly made: number;
  readonly right: number;
  readonly wrong: number;
}

/** @param counts says whether a pair, by its number, is a near-duplicate @param only one alteration */
export function found(pairs: ComparedPairs, counts: (pair: number) => boolean, only?: number): Found {
  let [made, right, wrong] = [0, 0, 0];
  for (let pair = 0; pair < pairs.count; pair++) {
    const alteration = pairs.alteration[pair] ?? -1;
    if (alteration === -2) continue;
    const wasMade = alteration >= 0 && (only === undefined || alteration === only);
    if (wasMade) made++;
    if (!wasMade && alteration >= 0) continue;
    if (!counts(pair)) continue;
    if (wasMade) right++;
    else wrong++;
  }
  return { made, right, wrong };
}

/** Wilson's 95 % interval of a share (Wilson 1927, formula for z = 1.96). */
export function wilson(part: number, whole: number): [number, number] {
  if (whole === 0) return [0, 1];
  const [p, z2] = [part / whole, 1.96 ** 2];
  const middle = (p + z2 / (2 * whole)) / (1 + z2 / whole);
  const half = (1.96 / (1 + z2 / whole)) * Math.sqrt((p * (1 - p)) / whole + z2 / (4 * whole ** 2));
  return [Math.max(0, middle - half), Math.min(1, middle + half)];
}

function dot(vectors: Float32Array, a: number, b: number, dimension: number): number {
  let sum = 0;
  for (let i = 0; i < dimension; i++) sum += (vectors[a + i] ?? 0) * (vectors[b + i] ?? 0);
  return sum;
}

const ones = (word: number): number => {
  let count = 0;
  for (let rest = word >>> 0; rest !== 0; rest = (rest & (rest - 1)) >>> 0) count++;
  return count;
};
