import { describe, expect, it } from 'vitest';
import { agreementOf, cosineOf } from './compare-vectors.js';

const vector = (...values: number[]) => Float32Array.from(values);

describe('cosineOf', () => {
  it('is 1 for one direction, −1 for the opposite, 0 for a right angle', () => {
    expect(cosineOf([1, 2], [2, 4])).toBeCloseTo(1, 12);
    expect(cosineOf([1, 2], [-1, -2])).toBeCloseTo(-1, 12);
    expect(cosineOf([1, 0], [0, 3])).toBe(0);
  });

  it('is 1 for two zeros, and no number for one or for other lengths', () => {
    expect(cosineOf([0, 0], [0, 0])).toBe(1);
    expect(cosineOf([0, 0], [1, 0])).toBeNaN();
    expect(cosineOf([1], [1, 0])).toBeNaN();
  });
});

describe('agreementOf', () => {
  const reference = { a: { x: vector(1, 0), y: vector(1, 1) }, b: { x: vector(0, 1), y: vector(1, 2) } };

  it('finds the worst picture and tap', () => {
    const vectors = { ...reference, b: { x: vector(0, 1), y: vector(2, 1) } };
    expect(agreementOf(vectors, reference)).toMatchObject({ picture: 'b', tap: 'y' });
    expect(agreementOf(vectors, reference).cosine).toBeCloseTo(0.8, 6);
  });

  it('takes what is missing or no number for the worst of all', () => {
    expect(agreementOf({ a: reference.a }, reference)).toMatchObject({ cosine: NaN, picture: 'b', tap: 'x' });
  });
});
