import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createTestDatabase } from '#libs/testing';
import { DomainError } from '#libs/errors';
import { TAP, arrival, hashOf } from '../testing/catalogue-fixture.js';
import { ClassifierFixture } from '../testing/classifier-fixture.js';

let on: ClassifierFixture;

beforeAll(async () => {
  on = await ClassifierFixture.open(await createTestDatabase());
});
afterAll(() => on.drop());

describe('examples', () => {
  test('an own image is kept once, invisible to listings, and its file is not garbage', async () => {
    const sha256 = hashOf('own');
    let kept = 0;
    const keep = async () => void kept++;
    const own = await on.examples.add(sha256, 'mine.jpg', keep);
    expect(own).toMatchObject({ own: true, imageId: null, name: 'mine.jpg' });
    expect((await on.examples.add(sha256, 'again.jpg', keep)).id).toBe(own.id);
    const { images } = await on.catalogue.reader.list({ limit: 500 });
    expect(images.map((image) => image.sha256)).not.toContain(sha256);
    const stored = await on.catalogue.storeOne(arrival('own'));
    await on.catalogue.writer.delete([stored.id]);
    const removed: string[] = [];
    await on.catalogue.writer.collectGarbage(1000, async (content) => void removed.push(content));
    expect(removed).not.toContain(sha256);
  });

  test('an own image of which the file cannot be kept is no example, and can be sent again', async () => {
    const sha256 = hashOf('disk full');
    const rows = () =>
      on.catalogue.database.query('SELECT 1 FROM example WHERE sha256 = $1', [Buffer.from(sha256, 'hex')]);
    const full = () => Promise.reject(new DomainError('storage_full'));
    await expect(on.examples.add(sha256, 'mine.jpg', full)).rejects.toMatchObject({ code: 'storage_full' });
    expect(await rows()).toEqual([]);
    expect(await on.examples.add(sha256, 'mine.jpg', () => Promise.resolve())).toMatchObject({ own: true });
  });

  test('content of the catalogue becomes an example of its image, with the features that are there', async () => {
    const stored = await on.catalogue.storeOne(arrival('shared content'));
    const example = await on.examples.add(hashOf('shared content'), 'copy.jpg', () =>
      Promise.reject(new Error('not asked')),
    );
    expect(example).toMatchObject({ own: false, imageId: stored.id });
    const view = { encoderId: on.catalogue.space.encoderId, tap: TAP, view: 0 };
    expect((await on.examples.features(view, [example.id])).get(example.id)).toHaveLength(8);
    const flipped = Float32Array.of(1, 2, 3);
    await on.examples.keepFeatures({ ...view, view: 1 }, new Map([[example.id, flipped]]));
    expect([...(await on.examples.features({ ...view, view: 1 }, [example.id])).values()]).toEqual([flipped]);
  });
});
