import { expect, test } from 'vitest';
import { ApiError } from '../shared/api.js';
import type { UploadResult } from '../shared/types.js';
import { NO_UPLOADS, UploadQueue } from './upload-queue.js';

const files = (...names: string[]): File[] => names.map((name) => new File(['x'], name));
const numbered = (count: number): File[] => files(...Array.from({ length: count }, (_, at) => `${at}.jpg`));
const turn = () => new Promise((resolve) => setTimeout(resolve));

/** As a folder that was dropped, or a file that was deleted since. */
const unreadable = (name: string): File =>
  Object.assign(new File(['x'], name), {
    slice: () => ({ arrayBuffer: () => Promise.reject(new DOMException('gone', 'NotReadableError')) }),
  });
/** What `fetch` throws where nobody answers, and where it cannot read a file. */
const away = () => new TypeError('Failed to fetch');

/** A service that answers when it is told to. */
function queue() {
  const sent: { names: string[]; collection: string; answer: (error?: Error) => Promise<unknown> }[] = [];
  const asked: ((answers: boolean) => Promise<unknown>)[] = [];
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
    () =>
      new Promise((resolve) => {
        asked.push((answers) => {
          resolve(answers);
          return turn();
        });
      }),
  );
  return { uploads, sent, asked, now: () => state };
}

test('files go up a few at a time', async () => {
  const { uploads, sent, now } = queue();
  uploads.add(numbered(10), '');
  expect(now()).toEqual({ total: 10, results: [], running: true, unreachable: false });
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

test('a file that cannot be read fails alone; the others are sent again', async () => {
  const { uploads, sent, asked, now } = queue();
  uploads.add([...files('a'), unreadable('folder'), new File([], 'gone'), ...files('c')], '');
  await sent[0]?.answer(away());
  expect(asked).toHaveLength(0);
  const error = { code: 'unknown', detail: 'It cannot be read: changed, moved, empty, or a folder.' };
  expect(now().results).toEqual(['folder', 'gone'].map((name) => ({ name, status: 'failed', error })));
  await sent[1]?.answer();
  expect(sent.map(({ names }) => names)).toEqual([
    ['a', 'folder', 'gone', 'c'],
    ['a', 'c'],
  ]);
  expect(now()).toMatchObject({ total: 4, running: false });
});

test('where the service goes away, all that is left waits for it', async () => {
  const { uploads, sent, asked, now } = queue();
  uploads.add(numbered(10), '');
  await sent[0]?.answer(away());
  expect(now()).toEqual({ total: 10, results: [], running: true, unreachable: true });
  await asked[0]?.(false);
  await asked[1]?.(false);
  expect(sent).toHaveLength(1);
  await asked[2]?.(true);
  expect(now().unreachable).toBe(false);
  await sent[1]?.answer();
  await sent[2]?.answer();
  expect(sent.map(({ names }) => names.length)).toEqual([8, 8, 2]);
  expect(now().results.map(({ status }) => status)).toEqual(Array<string>(10).fill('added'));
  expect(now().running).toBe(false);
});

test('waiting for the service can be cancelled', async () => {
  const { uploads, sent, asked, now } = queue();
  uploads.add(numbered(10), '');
  await sent[0]?.answer();
  await sent[1]?.answer(away());
  uploads.cancel();
  await asked[0]?.(false);
  expect(now()).toMatchObject({ total: 8, running: false, unreachable: false });
  expect([sent.length, asked.length]).toEqual([2, 1]);
});

test('what was cancelled under way is not sent again', async () => {
  const { uploads, sent, asked, now } = queue();
  uploads.add(files('a'), '');
  uploads.cancel();
  await sent[0]?.answer(away());
  expect([sent.length, asked.length]).toEqual([1, 0]);
  expect(now().results).toMatchObject([{ name: 'a', status: 'failed' }]);
  expect(now().running).toBe(false);
});

test('what a proxy answers for a service that is away is waited for, and told where it lasts', async () => {
  const { uploads, sent, asked, now } = queue();
  const gone = new ApiError({ code: 'unknown', detail: 'The service answered 502.', status: 502 });
  uploads.add(numbered(2), '');
  for (let at = 0; at < 3; at++) {
    expect(now().results).toEqual([]);
    await sent[at]?.answer(gone);
    await asked[at]?.(true);
  }
  expect([sent.length, asked.length]).toEqual([3, 2]);
  expect(now().results.map(({ error }) => error?.detail)).toEqual(Array<string>(2).fill('The service answered 502.'));
});

test('an error of the service itself is told at once', async () => {
  const { uploads, sent, asked, now } = queue();
  uploads.add(files('a'), '');
  await sent[0]?.answer(new ApiError({ code: 'storage_full', detail: 'The disk is full.', status: 507 }));
  expect(asked).toHaveLength(0);
  expect(now().results[0]?.error?.detail).toBe('The disk is full.');
});

test('files that break off every request, though the service answers, do not hold up the others', async () => {
  const { uploads, sent, asked, now } = queue();
  uploads.add(numbered(9), '');
  for (let at = 0; at < 3; at++) {
    await sent[at]?.answer(away());
    await asked[at]?.(true);
  }
  await sent[3]?.answer();
  expect(sent.map(({ names }) => names.length)).toEqual([8, 8, 8, 1]);
  expect(now().results.map(({ status }) => status)).toEqual([...Array<string>(8).fill('failed'), 'added']);
});

/** What the service answers for too many files, and a proxy for a body it does not take. */
const tooLarge = () => new ApiError({ code: 'payload_too_large', detail: 'reach files limit', status: 413 });

test('where a request is too large its files go up again, fewer at a time', async () => {
  const { uploads, sent, now } = queue();
  uploads.add(numbered(10), '');
  for (let at = 0; at < 4; at++) {
    const request = sent[at];
    await request?.answer(request.names.length > 5 ? tooLarge() : undefined);
  }
  expect(sent.map(({ names }) => names.length)).toEqual([8, 4, 4, 2]);
  expect(now()).toMatchObject({ total: 10, running: false });
  expect(now().results.map(({ name, status }) => [name, status])).toEqual(
    numbered(10).map(({ name }) => [name, 'added']),
  );
});

test('a file that is too large by itself fails alone', async () => {
  const { uploads, sent, now } = queue();
  uploads.add(files('a', 'b'), '');
  await sent[0]?.answer(tooLarge());
  await sent[1]?.answer(tooLarge());
  await sent[2]?.answer();
  expect(sent.map(({ names }) => names)).toEqual([['a', 'b'], ['a'], ['b']]);
  expect(now().results).toMatchObject([
    { name: 'a', status: 'failed', error: { detail: 'reach files limit' } },
    { name: 'b', status: 'added' },
  ]);
});

test('what was too large when it was cancelled is not sent again', async () => {
  const { uploads, sent, now } = queue();
  uploads.add(files('a', 'b'), '');
  uploads.cancel();
  await sent[0]?.answer(tooLarge());
  expect(sent).toHaveLength(1);
  expect(now().results.map(({ status }) => status)).toEqual(['failed', 'failed']);
  expect(now().running).toBe(false);
});
