import { afterAll, beforeAll, expect, it } from 'vitest';
import type { ImageRecord } from '#libs/catalogue';
import { createTestDatabase } from '#libs/testing';
import { arrival, CatalogueFixture, newImage } from '../../../catalogue/src/postgres/testing/catalogue-fixture.js';
import type { ImageFiles } from '../library/image-files.js';
import { BackfillEncoder } from './backfill-encoder.js';
import type { EmbedImage } from './embed-image.js';

const MIB = 1024 * 1024;
const DIMENSION = 8;

let catalogue: CatalogueFixture;
beforeAll(async () => {
  catalogue = await CatalogueFixture.open(await createTestDatabase());
});
afterAll(() => catalogue.drop());

it('holds no more than 128 MiB of originals at once, or one that is larger', async () => {
  const { reader, spaces, writer } = catalogue;
  const images = Array.from({ length: 32 }, (_, n) => newImage(`${n}`, { bytes: (n === 5 ? 200 : 60) * MIB }));
  await catalogue.store(images.map((image) => arrival('', undefined, { image })));
  const space = await catalogue.wantedSpace(DIMENSION);

  /** Sizes of the originals that are read and not embedded yet, by what stands for their bytes. */
  const held = new Map<Buffer, number>();
  const seen: number[][] = [];
  const files = {
    readOriginal: ({ bytes }: ImageRecord) => {
      const original = Buffer.alloc(1);
      held.set(original, bytes / MIB);
      seen.push([...held.values()]);
      return Promise.resolve(original);
    },
  } as unknown as ImageFiles;
  const embedImage = {
    embed: async (original: Buffer) => {
      await settled();
      held.delete(original);
      return [{ ...space, vector: new Float32Array(DIMENSION).fill(1) }];
    },
  } as unknown as EmbedImage;
  const backfill = new BackfillEncoder(spaces, reader, writer, files, embedImage);
  expect(await backfill.run([space], new AbortController().signal)).toBe(32);
  const tooMuch = seen.filter((sizes) => sizes.length > 1 && sizes.reduce((sum, size) => sum + size, 0) > 128);
  expect(tooMuch).toEqual([]);
  expect(seen.map((sizes) => sizes.length)).toContain(2);
});

/** Lets every promise that can settle do so. */
const settled = () => new Promise((resolve) => setImmediate(resolve));
