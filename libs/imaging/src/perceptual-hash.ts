/** Pixels along each side of the picture that a hash is made of. */
export const HASH_SIDE = 32;
const BITS = 64;
/** Of 3,645 photos and 225 drawn scenes the one with the fewest bits set has 17, that with the most 51. */
const FEWEST_SET = 8;
const WORDS = /^[0-9a-f]{16}$/;

/** The 64 lowest frequencies (row, column) of a 32 × 32 cosine transform but the mean: 8 × 8 without (0, 0), and (8, 0). */
const FREQUENCIES = Array.from({ length: BITS }, (_, bit) => ({ row: (bit + 1) >> 3, column: (bit + 1) & 7 }));
const KEPT = 9;

/** cos((2x + 1) · u · π / 64) by frequency u, then place x. */
const COSINES = Float64Array.from({ length: KEPT * HASH_SIDE }, (_, at) => {
  const [frequency, place] = [Math.floor(at / HASH_SIDE), at % HASH_SIDE];
  return Math.cos(((2 * place + 1) * frequency * Math.PI) / (2 * HASH_SIDE));
});

/** A hash as two words of 32 bits, unsigned. */
export interface HashWords {
  readonly high: number;
  readonly low: number;
}

/**
 * Perceptual hash of a picture: the signs of the 64 lowest frequencies of its cosine transform, after Zauner,
 * "Implementation and Benchmarking of Perceptual Image Hash Functions" (2010), section 3.2.1, with two changes. A frequency
 * is compared with 0 instead of with the median of all, so that a mirrored picture has the same hash but for the bits
 * of odd columns, and `hashDistance` need not hash it again. And frequencies along one side alone are kept, which carry
 * most of a picture's layout. What it finds is measured in docs/duplicates.md.
 *
 * @param grey 32 × 32 levels, row by row: the whole picture, squeezed (see `greyGrid`)
 * @returns 16 hexadecimal digits
 */
export function perceptualHash(grey: Uint8Array): string {
  if (grey.length !== HASH_SIDE ** 2) throw new RangeError(`expected ${HASH_SIDE ** 2} levels, not ${grey.length}`);
  const rows = new Float64Array(HASH_SIDE * KEPT);
  for (let y = 0; y < HASH_SIDE; y++) {
    for (let column = 0; column < KEPT; column++) {
      let sum = 0;
      for (let x = 0; x < HASH_SIDE; x++) sum += cosine(column, x) * (grey[y * HASH_SIDE + x] ?? 0);
      rows[y * KEPT + column] = sum;
    }
  }
  const words = [0, 0];
  FREQUENCIES.forEach(({ row, column }, bit) => {
    let sum = 0;
    for (let y = 0; y < HASH_SIDE; y++) sum += cosine(row, y) * (rows[y * KEPT + column] ?? 0);
    const word = bit >> 5;
    // A frequency that a picture has nothing of is 0 but for rounding: then the bit must not hang on the rounding.
    if (sum > 1e-6) words[word] = ((words[word] ?? 0) | (1 << (31 - (bit & 31)))) >>> 0;
  });
  return words.map((word) => word.toString(16).padStart(8, '0')).join('');
}

/** @param hash 16 hexadecimal digits @throws RangeError for anything else */
export function hashWords(hash: string): HashWords {
  if (!WORDS.test(hash)) throw new RangeError(`expected 16 hexadecimal digits, not ${JSON.stringify(hash)}`);
  return { high: Number.parseInt(hash.slice(0, 8), 16), low: Number.parseInt(hash.slice(8), 16) };
}

/** Bits by which two hashes differ, 0 … 64; of the second as it is or mirrored left to right, whichever is nearer. */
export function hashDistance(a: HashWords, b: HashWords): number {
  const high = a.high ^ b.high;
  const low = a.low ^ b.low;
  return Math.min(ones(high) + ones(low), ones(high ^ MIRRORED.high) + ones(low ^ MIRRORED.low));
}

/**
 * Whether a hash does not tell its picture from others. One of plain colour has none of the frequencies, so no bit is set,
 * whatever the colour; few are for a plain slope of light, and next to all where just one corner is brighter, as lossy WebP leaves it
 * on plain colour.
 */
export function saysNothing({ high, low }: HashWords): boolean {
  const set = ones(high) + ones(low);
  return Math.min(set, BITS - set) < FEWEST_SET;
}

/** The bits that turn over when a picture is mirrored left to right. */
const MIRRORED: HashWords = hashWords(
  [0, 32]
    .map((first) => FREQUENCIES.slice(first, first + 32).reduce((word, { column }) => word * 2 + (column & 1), 0))
    .map((word) => word.toString(16).padStart(8, '0'))
    .join(''),
);

const cosine = (frequency: number, place: number): number => COSINES[frequency * HASH_SIDE + place] ?? 0;

/** Ones among 32 bits (Warren, "Hacker's Delight", 5-1). */
function ones(word: number): number {
  let bits = word - ((word >>> 1) & 0x55555555);
  bits = (bits & 0x33333333) + ((bits >>> 2) & 0x33333333);
  return Math.imul((bits + (bits >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}
