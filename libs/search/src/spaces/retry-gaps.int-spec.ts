import { Logger } from '@nestjs/common';
import { afterAll, beforeAll, expect, it, onTestFinished, vi } from 'vitest';
import type { ImageRecord } from '#libs/catalogue';
import { DomainError } from '#libs/errors';
import { createTestDatabase } from '#libs/testing';
import { arrival, CatalogueFixture } from '../../../catalogue/src/postgres/testing/catalogue-fixture.js';
import type { ScoreArrivals } from '../classifiers/score-arrivals.js';
import type { ImageFiles } from '../library/image-files.js';
import { BackfillEncoder } from './backfill-encoder.js';
import type { EmbedImage } from './embed-image.js';
import { RetryGaps } from './retry-gaps.js';

const IMAGES = 80;
const DIMENSION = 8;

let catalogue: CatalogueFixture;
beforeAll(async () => {
  catalogue = await CatalogueFixture.open(await createTestDatabase());
});
afterAll(() => catalogue.drop());

it('costs one batch while everything stays away, gets at all in turns, and goes on for as long as it helps', async () => {
  const { reader, spaces, writer } = catalogue;
  const warn = vi.spyOn(Logger.prototype, 'warn').mockReturnValue(undefined);
  onTestFinished(() => warn.mockRestore());
  await catalogue.store(Array.from({ length: IMAGES }, (_, n) => arrival(`picture ${n}`)));
  const space = await catalogue.wantedSpace(DIMENSION);

  let isAway = (_id: number) => true;
  let tried: number[] = [];
  const files = {
    readOriginal: ({ id }: ImageRecord) => {
      tried.push(id);
      if (isAway(id)) return Promise.reject(new DomainError('original_missing', 'The share is away.'));
      return Promise.resolve(Buffer.alloc(1));
    },
  } as unknown as ImageFiles;
  const embedImage = {
    embed: () => Promise.resolve([{ ...space, vector: new Float32Array(DIMENSION).fill(1) }]),
  } as unknown as EmbedImage;
  const sweepAgain = vi.fn();
  const backfill = new BackfillEncoder(spaces, reader, writer, files, embedImage);
  const gaps = new RetryGaps(spaces, reader, backfill, { sweepAgain } as unknown as ScoreArrivals);
  const { signal } = new AbortController();
  const run = async (thorough?: boolean) => {
    tried = [];
    return { embedded: await gaps.run([space], signal, thorough), tried: tried.sort((a, b) => a - b) };
  };

  await backfill.run([space], signal);
  const ids = tried.sort((a, b) => a - b);
  expect(await spaces.progress(space)).toEqual({ images: IMAGES, embedded: 0, unusable: IMAGES });
  expect(warn).toHaveBeenCalledTimes(IMAGES);

  expect(await run()).toEqual({ embedded: 0, tried: ids.slice(0, 32) });
  expect(await run()).toEqual({ embedded: 0, tried: ids.slice(32, 64) });
  expect(await run()).toEqual({ embedded: 0, tried: ids.slice(64) });
  expect(await run()).toEqual({ embedded: 0, tried: ids.slice(0, 32) });
  expect(await run(true)).toEqual({ embedded: 0, tried: ids });
  expect(sweepAgain).not.toHaveBeenCalled();
  // A log would not hold what is told every ten minutes.
  expect(warn).toHaveBeenCalledTimes(IMAGES);

  // The last one is found behind others that stay away only by who tries all.
  isAway = (id) => id !== ids.at(-1);
  expect(await run()).toMatchObject({ embedded: 0 });
  expect(await run(true)).toMatchObject({ embedded: 1 });
  expect(sweepAgain).toHaveBeenCalledTimes(1);

  isAway = (id) => id === ids[0];
  expect(await run()).toMatchObject({ embedded: IMAGES - 2 });
  expect(await spaces.progress(space)).toEqual({ images: IMAGES, embedded: IMAGES - 1, unusable: 1 });
  expect(await spaces.gaps(space, 0, 10)).toMatchObject([{ imageId: ids[0], error: { detail: 'The share is away.' } }]);
  expect(sweepAgain).toHaveBeenCalledTimes(2);
});
