import { beforeEach, expect, test, vi } from 'vitest';
import { routeOf } from '../shared/route.js';

beforeEach(() => vi.resetModules());

const picked = () => new File(['x'], 'query.jpg');

test('an address gives the file back, as long as the page is open', async () => {
  const { rememberUpload, uploadOf } = await import('./uploads.js');
  const files = [picked(), picked()];
  const routes = files.map((file) => routeOf(rememberUpload(file)));
  expect(routes.map((route) => route.at === 'upload' && uploadOf(route.key))).toEqual(files);
});

test('a page that is loaded again gives out addresses that none before it did', async () => {
  const before = (await import('./uploads.js')).rememberUpload(picked());
  vi.resetModules();
  const { rememberUpload, uploadOf } = await import('./uploads.js');
  const route = routeOf(before);
  expect(route.at === 'upload' && uploadOf(route.key)).toBe(null);
  expect(rememberUpload(picked())).not.toBe(before);
});
