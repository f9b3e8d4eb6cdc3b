import { expect, it } from 'vitest';
import { sourceLabel } from './source-label.js';

it('prefers the path, then the external id, then the file name', () => {
  const upload = { kind: 'upload', key: 'a.jpg' } as const;
  const external = { kind: 'external', key: 'sku-1' } as const;
  const file = { kind: 'file', key: '/photos/a.jpg' } as const;
  expect(sourceLabel([upload, external, file])).toBe('/photos/a.jpg');
  expect(sourceLabel([upload, external])).toBe('sku-1');
  expect(sourceLabel([upload])).toBe('a.jpg');
  expect(sourceLabel([])).toBe('');
});
