import type { ImageRecord } from '#libs/catalogue';
import { DomainError } from '#libs/errors';
import { expect, test } from 'vitest';
import { imageSchema, parseUploadItems, toImageDto } from './image.dto.js';

const record: ImageRecord = {
  id: 42,
  sha256: 'ab'.repeat(32),
  format: 'jpeg',
  width: 4,
  height: 3,
  bytes: 100,
  perceptualHash: null,
  metadata: { a: 1 },
  sources: [
    { kind: 'file', key: '/photos/a.jpg' },
    { kind: 'external', key: 'sku-1' },
  ],
  collections: ['flowers'],
  referencePath: '/photos/a.jpg',
  createdAt: new Date('2026-01-02T03:04:05.678Z'),
  updatedAt: new Date('2026-01-02T03:04:05.678Z'),
};

test('an image is told with its id as text and addresses that name its content', () => {
  const dto = toImageDto(record);
  expect(imageSchema.parse(dto)).toEqual(dto);
  expect(dto).toMatchObject({
    id: '42',
    source: '/photos/a.jpg',
    externalId: 'sku-1',
    referenced: true,
    thumbnailUrl: '/v1/images/42/thumbnail?v=abababababab',
  });
});

test('items come in order or by name', () => {
  expect(parseUploadItems([{ externalId: 'x' }, {}])).toEqual([{ externalId: 'x' }, {}]);
  expect(parseUploadItems({ 'a.jpg': { metadata: { n: 1 } } })).toEqual({ 'a.jpg': { metadata: { n: 1 } } });
});

test.each([
  ['text', { path: 'items', expected: 'an object', received: '"text"' }],
  [[{ metadata: 3 }], { path: 'items.0.metadata', expected: 'an object', received: '3' }],
  [{ 'a.jpg': { title: 'x' } }, { path: 'items.a.jpg.title', expected: 'no such field', received: '"x"' }],
])('%j is refused with the field', (items, problem) => {
  const thrown = (() => {
    try {
      return parseUploadItems(items);
    } catch (error) {
      return error;
    }
  })();
  expect(thrown).toBeInstanceOf(DomainError);
  expect(thrown).toHaveProperty('fields', [problem]);
});
