import { describe, expect, it } from 'vitest';
import { splitPhotos } from './split.js';

const photos = (category: string | undefined, count: number) =>
  Array.from({ length: count }, (_, at) => ({ path: `/${category}/${at}.jpg`, category }));
const rule = { share: 0.2, perCategory: 10, seed: 1 };

describe('splitPhotos', () => {
  it('holds out a share of every category and keeps every photo once', () => {
    const all = [...photos('rose', 20), ...photos('lily', 50)];
    const { gallery, queries } = splitPhotos(all, rule);
    expect(queries.filter(({ category }) => category === 'rose')).toHaveLength(4);
    expect(queries.filter(({ category }) => category === 'lily')).toHaveLength(10);
    expect(new Set([...gallery, ...queries])).toEqual(new Set(all));
    expect(gallery.length + queries.length).toBe(all.length);
  });

  it('holds out at least one, at most as many as asked, and never the last one', () => {
    expect(splitPhotos(photos('rose', 1), rule).queries).toHaveLength(0);
    expect(splitPhotos(photos('rose', 2), rule).queries).toHaveLength(1);
    expect(splitPhotos(photos('rose', 1000), rule).queries).toHaveLength(10);
  });

  it('is the same for the same seed, and another for another', () => {
    const all = photos('rose', 100);
    const held = (seed: number) => splitPhotos(all, { ...rule, seed }).queries.map(({ path }) => path);
    expect(held(1)).toEqual(held(1));
    expect(held(1)).not.toEqual(held(2));
  });

  it('takes photos without a category as one', () => {
    expect(splitPhotos(photos(undefined, 10), rule).queries).toHaveLength(2);
  });
});
