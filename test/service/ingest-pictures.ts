import { expect } from 'vitest';
import { IngestImages } from '#libs/search';
import { drawScene, galleryCategories } from '#libs/testing';
import type { ServiceFixture } from './service-fixture.js';

/** A small picture; each seed gives another, of the kinds of the gallery in turn. */
export function picture(seed: number): Promise<Buffer> {
  const category = galleryCategories[seed % galleryCategories.length];
  if (!category) throw new Error('there are no scenes');
  return drawScene(category, seed, { width: 96, height: 96 });
}

/** Stores the pictures of so many seeds, and resolves when they can be searched. */
export async function ingestPictures(service: ServiceFixture, first: number, count: number): Promise<void> {
  const seeds = Array.from({ length: count }, (_, at) => first + at);
  const items = await Promise.all(
    seeds.map(async (seed) => ({ name: `${seed}.jpg`, bytes: await picture(seed), externalId: `picture ${seed}` })),
  );
  const outcomes = await service.get(IngestImages).ingest(items, { wait: 'searchable' });
  expect(outcomes.filter((outcome) => outcome.status === 'failed')).toEqual([]);
}
