import { describe, expect, it } from 'vitest';
import { comparePairs, found } from './compare-pairs.js';
import { VARIANTS, type DescribedPhotos } from './describe-photos.js';

const PHOTOS = 4;

/** Four photos with copies that equal them: photo 1 is photo 0 saved again, 2 looks like it to the encoder alone, 3 to the hash alone. */
function described(): DescribedPhotos {
  const vectors = new Float32Array(PHOTOS * VARIANTS * 2);
  const hashes = [];
  for (let row = 0; row < PHOTOS * VARIANTS; row++) {
    const photo = Math.floor(row / VARIANTS);
    vectors[2 * row + (photo === 3 ? 1 : 0)] = 1;
    hashes.push({ high: 0x5a5a5a5a, low: photo === 2 ? 0x0f0f0f0f : photo === 1 ? 1 : 0 });
  }
  return { photos: PHOTOS, dimension: 2, vectors, hashes };
}

describe('pairs of photos and copies', () => {
  it('leaves out twins and their copies, which nobody can tell apart', () => {
    const pairs = comparePairs(described());
    expect(pairs.twins).toEqual([[0, 1]]);
    const { made, right, wrong } = found(pairs, () => true);
    expect([made, right]).toEqual([PHOTOS * (VARIANTS - 1), PHOTOS * (VARIANTS - 1)]);
    // Every ordered pair of different photos but (0, 1) and (1, 0), with all that were made of the second.
    expect(wrong).toBe((PHOTOS * (PHOTOS - 1) - 2) * VARIANTS);
  });

  it('counts what a rule says', () => {
    const pairs = comparePairs(described());
    const byHash = found(pairs, (pair) => (pairs.distance[pair] ?? 64) <= 2);
    expect(byHash.right).toBe(PHOTOS * (VARIANTS - 1));
    expect(byHash.wrong).toBe(4 * VARIANTS); // 3 with 0 and with 1, both ways
    expect(found(pairs, (pair) => (pairs.cosine[pair] ?? 0) > 0.5 && (pairs.distance[pair] ?? 64) <= 2).wrong).toBe(0);
    expect(found(pairs, () => true, 0)).toMatchObject({ made: PHOTOS, right: PHOTOS });
  });

  it('names the photo and the row of a pair', () => {
    const pairs = comparePairs(described());
    expect(pairs.of(0)).toEqual({ photo: 0, row: 1 });
    expect(pairs.of(PHOTOS * VARIANTS - 1)).toEqual({ photo: 1, row: 0 });
    expect(pairs.of(pairs.count - 1)).toEqual({ photo: PHOTOS - 1, row: PHOTOS * VARIANTS - 1 });
  });
});
