import { expect, test } from 'vitest';
import { isWithin } from './import-paths.js';

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
