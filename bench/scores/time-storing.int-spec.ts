import { expect, test, vi } from 'vitest';
import { timeStoring } from './time-storing.js';

// Nothing answers there: the bench has a database of its own.
vi.stubEnv('DATABASE_URL', 'postgres://nobody@127.0.0.1:1/none');

test('scores are stored to the end by the service that is told to', { timeout: 300_000 }, async () => {
  expect(await timeStoring(200, 2)).toBeGreaterThan(0);
});
