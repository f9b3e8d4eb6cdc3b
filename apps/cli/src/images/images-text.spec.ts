import { describe, expect, it } from 'vitest';
import { deletedText, imagesText, imageText } from './images-text.js';

const image = {
  id: 42,
  sha256: 'ab'.repeat(32),
  format: 'jpeg',
  width: 600,
  height: 400,
  bytes: 2048,
  source: '/photos/a.jpg',
  sources: [
    { kind: 'file', key: '/photos/a.jpg' },
    { kind: 'upload', key: 'again.jpg' },
  ],
  collections: ['flowers', 'best'],
  metadata: { camera: 'X100' },
  referenced: false,
  createdAt: '2026-11-30T13:14:15.000Z',
  updatedAt: '2026-11-30T13:24:15.000Z',
  searchable: true,
} as const;

describe('imagesText', () => {
  it('is a table, and says how to go on', () => {
    expect(imagesText({ images: [image], nextCursor: 'abc' }, false).split('\n')).toEqual([
      'ID       SIZE    BYTES  STORED            SOURCE',
      '42  600 × 400  2.0 KiB  2026-11-30 13:14  /photos/a.jpg',
      '1 image; there are more: --cursor abc',
    ]);
  });

  it('tells nothing stored from nothing found', () => {
    expect(imagesText({ images: [], nextCursor: null }, false)).toMatch(/^No image is stored yet/);
    expect(imagesText({ images: [], nextCursor: null }, true)).toBe('No image matches.');
  });
});

describe('imageText', () => {
  it('names every source', () => {
    expect(imageText(image).split('\n')).toEqual([
      'Image        42',
      'Size         600 × 400, 2.0 KiB, jpeg',
      'Stored       2026-11-30 13:14',
      'Changed      2026-11-30 13:24',
      'Searchable   yes',
      `Content      ${image.sha256}`,
      'Sources      file /photos/a.jpg',
      '             upload again.jpg',
      'Collections  flowers, best',
      'Metadata     {"camera":"X100"}',
    ]);
  });
});

describe('deletedText', () => {
  it('names what is gone, unless that is a lot, and what was not there', () => {
    expect(deletedText([1, 2], [])).toBe('Deleted 2 images: 1, 2');
    expect(deletedText([1], [9, 8])).toBe('Deleted 1 image: 1\nNot there: 9, 8');
    expect(deletedText([], [])).toBe('Nothing was deleted.');
    const many = Array.from({ length: 2000 }, (_, at) => at + 1);
    expect(deletedText(many, [])).toBe('Deleted 2,000 images');
  });
});
