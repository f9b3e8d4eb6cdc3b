import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ImportImages, ManageMetadataFields } from '#libs/search';
import { ServiceFixture } from './service-fixture.js';

let service: ServiceFixture;
beforeAll(async () => {
  service = await ServiceFixture.create();
  await service.start();
});
afterAll(() => service.drop());

const long = 'x'.repeat(201);

describe('an import without HTTP', () => {
  const start = (collection: string) => service.get(ImportImages).start({ path: service.folder, collection });

  it.each([
    ['', 'at least 1 characters'],
    [' ', 'at least 1 characters'],
    [long.slice(0, 101), 'at most 100 characters'],
    ['2024/holidays', 'a name without slashes and control characters'],
    ['a\\b', 'a name without slashes and control characters'],
    ['a\nb', 'a name without slashes and control characters'],
  ])('is refused for a collection named %j', async (name, expected) => {
    await expect(start(name)).rejects.toMatchObject({
      code: 'invalid_request',
      fields: [{ path: 'collection', expected }],
    });
    expect(await service.get(ImportImages).list()).toEqual([]);
  });

  it('leaves the spaces around a name out', async () => {
    expect(await start(' a "b" ')).toMatchObject({ collection: 'a "b"' });
  });
});

describe('a metadata field that is declared without HTTP', () => {
  const fields = () => service.get(ManageMetadataFields);

  it.each([
    ['', 'at least 1 characters'],
    [long, 'at most 200 characters'],
    ['a"b', 'a key without quotes and control characters'],
    ['a\tb', 'a key without quotes and control characters'],
  ])('is refused under the key %j', async (key, expected) => {
    await expect(fields().declare(key, 'keyword')).rejects.toMatchObject({
      code: 'invalid_request',
      fields: [{ path: 'key', expected }],
    });
    expect(await fields().list()).toEqual([]);
  });

  it.each(['a/b', long.slice(1)])('can have the key %j', async (key) => {
    expect(await fields().declare(key, 'keyword')).toMatchObject({ key, indexed: true });
    await fields().remove(key);
  });
});
