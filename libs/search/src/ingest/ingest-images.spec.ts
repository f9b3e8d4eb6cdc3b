import { expect, it } from 'vitest';
import { DomainError, type ErrorCode } from '#libs/errors';
import type { IndexFollower } from '../index/index-follower.js';
import type { ImageLibrary } from '../library/image-library.js';
import { Metrics } from '../service/metrics.js';
import { IngestImages } from './ingest-images.js';
import type { StoreImages } from './store-images.js';

class Unmeasured extends Metrics {
  override observeStage = () => undefined;
  override countIngest = () => undefined;
  override countSearch = () => undefined;
}

/** Posts an image that is stored, and cannot be read after that. */
function posted(code: ErrorCode) {
  const stored = { status: 'stored', stored: { id: 7, outcome: 'added', sequence: 1 } };
  const store = { store: () => Promise.resolve([stored]) } as unknown as StoreImages;
  const library = { get: () => Promise.reject(new DomainError(code)) } as unknown as ImageLibrary;
  const ingest = new IngestImages(store, library, {} as IndexFollower, new Unmeasured());
  return ingest.ingest([{ name: 'a.jpg', bytes: Buffer.of(1) }]);
}

it('says of an image that was deleted as soon as it was stored that it was', async () => {
  expect(await posted('image_not_found')).toMatchObject([
    { name: 'a.jpg', status: 'failed', error: { code: 'image_not_found' } },
  ]);
});

it('says of no image that it was deleted because the database went away', async () => {
  await expect(posted('database_unavailable')).rejects.toMatchObject({ code: 'database_unavailable' });
});
