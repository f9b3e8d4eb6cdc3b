import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SharpImageDecoder } from '#libs/imaging';
import { drawScene, galleryCategories } from './draw-scene.js';
import { writeGallery } from './write-gallery.js';

const hash = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');
const view = { size: 64, resize: { rule: 'shortest-side', to: 64 }, kernel: 'cubic', antialias: true } as const;
const decoder = new SharpImageDecoder({ maxFileBytes: 1e7, maxPixels: 1e7, thumbnailSize: 64 });

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'likeness-gallery-'));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

describe('drawScene', () => {
  it.each(galleryCategories)('%s: the same for the same seed, different for others', async (category) => {
    const size = { width: 160, height: 120 };
    const [one, again, other] = await Promise.all([3, 3, 4].map((seed) => drawScene(category, seed, size)));
    if (one === undefined || again === undefined || other === undefined) throw new Error('three were asked for');
    expect(hash(again)).toBe(hash(one));
    const [first, second] = [await decoder.prepare(one, view), await decoder.prepare(other, view)];
    expect(first.facts).toMatchObject({ format: 'jpeg', ...size });
    const difference = first.pixels.data.reduce(
      (sum, value, i) => sum + Math.abs(value - (second.pixels.data[i] ?? 0)),
      0,
    );
    expect(difference / first.pixels.data.length).toBeGreaterThan(4);
    expect(new Set(first.pixels.data).size).toBeGreaterThan(40);
  });
});

describe('writeGallery', () => {
  it('writes a folder for each category, no picture twice, and tells how far it is', async () => {
    const seen: [number, number][] = [];
    const files = await writeGallery(dir, {
      perCategory: 3,
      seed: 7,
      onProgress: (done, total) => seen.push([done, total]),
    });
    const total = galleryCategories.length * 3;
    expect(galleryCategories.length).toBeGreaterThanOrEqual(12);
    expect((await readdir(dir)).sort()).toEqual([...galleryCategories].sort());
    expect((await readdir(path.join(dir, 'forest'))).sort()).toEqual(['01.jpg', '02.jpg', '03.jpg']);
    expect(new Set(await Promise.all(files.map(async (file) => hash(await readFile(file))))).size).toBe(total);
    expect(seen.at(-1)).toEqual([total, total]);
  });
});
