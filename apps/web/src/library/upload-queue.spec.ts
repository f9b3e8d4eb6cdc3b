import { expect, test } from 'vitest';
import type { UploadResult } from '../shared/types.js';
import { NO_UPLOADS, UploadQueue } from './upload-queue.js';

const files = (...names: string[]): File[] => names.map((name) => new File(['x'], name));
const numbered = (count: number): File[] => files(...Array.from({ length: count }, (_, at) => `${at}.jpg`));
const turn = () => new Promise((resolve) => setTimeout(resolve));

/** A service that answers when it is told to. */
function queue() {
  const sent: { names: string[]; collection: string; answer: (error?: Error) => Promise<unknown> }[] = [];
  let state = NO_UPLOADS;
  const uploads = new UploadQueue(
    (now) => (state = now),
    (group, collection) =>
      new Promise((resolve, reject) => {
        const results = group.map(({ name }): UploadResult => ({ name, status: 'added' }));
        const answer = (error?: Error) => {
          if (error) reject(error);
          else resolve(results);
          return turn();
        };
        sent.push({ names: group.map(({ name }) => name), collection, answer });
      }),
  );
  return { uploads, sent, now: () => state };
}

test('files go up a few at a time', async () => {
  const { uploads, sent, now } = queue();
  uploads.add(numbered(10), '');
  expect(now()).toEqual({ total: 10, results: [], running: true });
  await sent[0]?.answer();
  expect(sent.map(({ names }) => names.length)).toEqual([8, 2]);
  expect(now()).toMatchObject({ total: 10, running: true });
  await sent[1]?.answer();
  expect(now().running).toBe(false);
  expect(now().results).toHaveLength(10);
});

test('more files come after those that are under way, each into its own collection', async () => {
  const { uploads, sent, now } = queue();
  uploads.add(files('a', 'b'), 'one');
  uploads.add(files('c'), 'two');
  uploads.add(files('d'), 'two');
  expect(now().total).toBe(4);
  for (let at = 0; at < 3; at++) await sent[at]?.answer();
  expect(sent.map(({ names, collection }) => [collection, ...names])).toEqual([
    ['one', 'a', 'b'],
    ['two', 'c', 'd'],
  ]);
  expect(now().results.map(({ name }) => name)).toEqual(['a', 'b', 'c', 'd']);
});

test('a request that fails fails its files only', async () => {
  const { uploads, sent, now } = queue();
  uploads.add(numbered(9), '');
  await sent[0]?.answer(new Error('no room'));
  await sent[1]?.answer();
  expect(now().results.map(({ status }) => status)).toEqual([...Array<string>(8).fill('failed'), 'added']);
  expect(now().results[0]?.error?.detail).toBe('no room');
});

test('cancelling keeps what is under way', async () => {
  const { uploads, sent, now } = queue();
  uploads.add(numbered(30), '');
  uploads.cancel();
  await sent[0]?.answer();
  expect(sent).toHaveLength(1);
  expect(now()).toMatchObject({ total: 8, running: false });
});

test('a new round begins a new list', async () => {
  const { uploads, sent, now } = queue();
  uploads.add(files('a'), '');
  await sent[0]?.answer();
  uploads.add(files('b'), '');
  expect(now()).toMatchObject({ total: 1, results: [] });
});
