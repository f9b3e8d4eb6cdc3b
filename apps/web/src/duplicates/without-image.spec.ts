import { expect, test } from 'vitest';
import type { DuplicateGroup } from './types.js';
import { withoutImage } from './without-image.js';

/** Image 1 is the best and has 1000 bytes, image 2 has 20 and so on. */
function group(...bytes: number[]): DuplicateGroup {
  const images = [1000, ...bytes].map((size, at) => ({
    image: { id: String(at + 1), bytes: size } as DuplicateGroup['images'][number]['image'],
    score: at === 0 ? null : 0.9,
    hashDistance: at === 0 ? null : 3,
  }));
  return { best: '1', reasons: [], images, spareBytes: bytes.reduce((sum, size) => sum + size, 0) };
}

test('an image that is no duplicate is not among the bytes that can go', () => {
  expect(withoutImage(group(20, 300, 7), '3')).toEqual({
    ...group(20, 300, 7),
    images: group(20, 300, 7).images.filter(({ image }) => image.id !== '3'),
    spareBytes: 27,
  });
});

test('an image alone is no group', () => {
  expect(withoutImage(group(20), '2')).toBe(null);
});
