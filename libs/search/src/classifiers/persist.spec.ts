import { expect, test, vi } from 'vitest';
import { DomainError } from '#libs/errors';
import { claimOrRelease, persist } from './persist.js';

const away = () => new DomainError('database_unavailable', 'away');
const failing = (times: number, error: Error) => {
  const calls = { count: 0 };
  const write = () => (++calls.count <= times ? Promise.reject(error) : Promise.resolve());
  return { calls, write };
};

test('tries until the database is there again', async () => {
  const { calls, write } = failing(3, away());
  await persist(write, new AbortController().signal, 1);
  expect(calls.count).toBe(4);
});

test('what will not pass by itself is thrown at once', async () => {
  const { calls, write } = failing(3, new Error('no such column'));
  await expect(persist(write, new AbortController().signal, 1)).rejects.toThrow('no such column');
  expect(calls.count).toBe(1);
});

test('ends when the process stops', async () => {
  const { calls, write } = failing(Infinity, away());
  await expect(persist(write, AbortSignal.abort(), 1)).rejects.toMatchObject({ code: 'database_unavailable' });
  expect(calls.count).toBe(1);
});

test.each([
  ['the process stops', AbortSignal.abort(), away()],
  ['the row cannot be given back', new AbortController().signal, new Error('no such column')],
])('a claim that failed is told of, also where %s', async (_, signal, hindrance) => {
  const lost = new DomainError('database_unavailable', 'Connection terminated unexpectedly');
  const rows = { claim: () => Promise.reject(lost), release: vi.fn(() => Promise.reject(hindrance)) };
  await expect(claimOrRelease(rows, 7, signal)).rejects.toBe(lost);
  expect(rows.release).toHaveBeenCalledExactlyOnceWith(7);
});
