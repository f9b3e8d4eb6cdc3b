import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HASH_SIDE, hashDistance, hashWords, perceptualHash, saysNothing } from './perceptual-hash.js';

const picture = fc.uint8Array({ minLength: HASH_SIDE ** 2, maxLength: HASH_SIDE ** 2 });
const hash = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }).map((value) => value.toString(16).padStart(16, '0'));
const distance = (a: string, b: string): number => hashDistance(hashWords(a), hashWords(b));

/** The transform as its definition reads, one frequency at a time. */
function coefficient(grey: Uint8Array, row: number, column: number): number {
  const wave = (frequency: number, place: number) => Math.cos(((2 * place + 1) * frequency * Math.PI) / 64);
  return grey.reduce((sum, level, at) => sum + level * wave(row, at >> 5) * wave(column, at & 31), 0);
}

describe('perceptualHash', () => {
  it('holds the signs of the 64 lowest frequencies, row by row', () => {
    fc.assert(
      fc.property(picture, (grey) => {
        const bits = BigInt(`0x${perceptualHash(grey)}`)
          .toString(2)
          .padStart(64, '0');
        const expected = Array.from({ length: 64 }, (_, bit) => coefficient(grey, (bit + 1) >> 3, (bit + 1) & 7));
        // A sum that is 0 but for rounding has no sign to compare.
        expected.forEach((value, bit) => {
          if (Math.abs(value) > 1e-3) expect(bits[bit]).toBe(value > 0 ? '1' : '0');
        });
      }),
      { numRuns: 50 },
    );
  });

  it('does not change with brightness and contrast', () => {
    const grey = Uint8Array.from({ length: HASH_SIDE ** 2 }, (_, at) => 60 + ((at * 37) % 64));
    const brighter = grey.map((level) => level + 80);
    expect(perceptualHash(brighter)).toBe(perceptualHash(grey));
    expect(perceptualHash(grey.map((level) => (level - 60) * 2))).toBe(perceptualHash(grey));
  });

  it('is all zeros for one colour, whichever', () => {
    for (const level of [0, 1, 127, 255]) {
      expect(perceptualHash(new Uint8Array(HASH_SIDE ** 2).fill(level))).toBe('0'.repeat(16));
    }
  });

  it('wants 32 × 32 levels', () => {
    expect(() => perceptualHash(new Uint8Array(64))).toThrow('expected 1024 levels, not 64');
  });
});

describe('saysNothing', () => {
  const of = (level: (x: number, y: number) => number) =>
    saysNothing(
      hashWords(perceptualHash(Uint8Array.from({ length: HASH_SIDE ** 2 }, (_, at) => level(at % HASH_SIDE, at >> 5)))),
    );

  it.each([
    ['one colour', () => 127],
    ['one colour but for a corner', (x: number, y: number) => (x + y === 0 ? 128 : 127)],
    ['a slope of light to the right', (x: number) => 4 * x],
    ['a slope of light to the left', (x: number) => 250 - 4 * x],
    ['a slope of light downwards', (_x: number, y: number) => 250 - 8 * y],
  ])('holds for %s', (_, level) => expect(of(level)).toBe(true));

  it.each([
    ['a disc', (x: number, y: number) => ((x - 16) ** 2 + (y - 16) ** 2 < 60 ? 0 : 255)],
    ['a speck', (x: number, y: number) => (x === 7 && y === 19 ? 126 : 127)],
    ['waves', (x: number, y: number) => 127 + 60 * Math.sin(x / 5 + 1) * Math.cos(y / 4)],
  ])('does not for %s', (_, level) => expect(of(level)).toBe(false));

  it('begins below eight bits that are set, or that are not', () => {
    expect(saysNothing(hashWords('00000000000000ff'))).toBe(false);
    expect(saysNothing(hashWords('000000000000007f'))).toBe(true);
    expect(saysNothing(hashWords('ff7fffffffffffff'))).toBe(true);
    expect(saysNothing(hashWords('ff00ffffffffffff'))).toBe(false);
  });
});

describe('hashDistance', () => {
  it('is the number of bits that differ, of the mirrored hash where that is nearer', () => {
    expect(distance('0000000000000000', '0000000000000003')).toBe(2);
    fc.assert(
      fc.property(hash, hash, (a, b) => {
        const ones = (value: bigint) => [...value.toString(2)].filter((digit) => digit === '1').length;
        // Bit 0 is column 1, and so on: every other column is odd.
        const mirror = BigInt(`0b${Array.from({ length: 64 }, (_, bit) => (bit + 1) & 1).join('')}`);
        const difference = BigInt(`0x${a}`) ^ BigInt(`0x${b}`);
        expect(distance(a, b)).toBe(Math.min(ones(difference), ones(difference ^ mirror)));
      }),
    );
  });

  it('is the same both ways, and 0 to itself', () => {
    fc.assert(
      fc.property(hash, hash, (a, b) => {
        expect(distance(a, b)).toBe(distance(b, a));
        expect(distance(a, a)).toBe(0);
      }),
    );
  });

  it('finds nothing between a picture and its mirror image', () => {
    fc.assert(
      fc.property(picture, (grey) => {
        const mirrored = Uint8Array.from(grey, (_, at) => grey[(at & ~31) + 31 - (at & 31)] ?? 0);
        // One bit of slack for a frequency that is 0 but for rounding.
        expect(distance(perceptualHash(grey), perceptualHash(mirrored))).toBeLessThanOrEqual(1);
      }),
      { numRuns: 50 },
    );
  });

  it.each(['', '12', 'zz00000000000000', '00000000000000000'])('refuses %j', (text) => {
    expect(() => hashWords(text)).toThrow(RangeError);
  });
});
