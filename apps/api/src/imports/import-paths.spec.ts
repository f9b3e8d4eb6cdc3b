import { tmpdir } from 'node:os';
import { expect, test } from 'vitest';
import { loadSettings } from '#libs/config';
import { ImportPaths, isWithin } from './import-paths.js';

const permitted = (source: Record<string, string>) => new ImportPaths(loadSettings(source)).permitted(tmpdir());

test('without roots any folder may be imported as long as nobody else can ask for it', async () => {
  expect(await permitted({})).toBe(tmpdir());
  const others: Record<string, string>[] = [{ LIKENESS_HOST: '0.0.0.0' }, { LIKENESS_ALLOWED_HOSTS: 'photos.example' }];
  for (const reachable of others) {
    await expect(permitted(reachable)).rejects.toMatchObject({ code: 'forbidden_path' });
    const roots = { ...reachable, LIKENESS_IMPORT_ROOTS: tmpdir() };
    expect(await permitted(roots)).toBe(tmpdir());
  }
});

test.each([
  ['/srv/photos', '/srv/photos', true],
  ['/srv/photos', '/srv/photos/a/b', true],
  ['/srv/photos', '/srv/photos/..hidden', true],
  ['/srv/photos', '/srv/photos-private', false],
  ['/srv/photos', '/srv', false],
  ['/srv/photos', '/etc', false],
])('isWithin(%s, %s) is %s', (root, target, expected) => {
  expect(isWithin(root, target)).toBe(expected);
});
