import { screen, waitFor } from '@testing-library/dom';
import { act } from 'preact/test-utils';
import { expect, test, vi } from 'vitest';
import type { Import } from '../shared/types.js';
import { type Answer, answering, json, never, refusal } from '../testing/answers.js';
import { show } from '../testing/shown.js';
import { ImportFolder } from './import-folder.js';

const nothing = () => json({ imports: [] });
const importOf = (status: Import['status']): Import => ({
  id: '5',
  path: '/srv/photos',
  status,
  error: null,
  total: 9,
  done: 2,
  failed: 1,
  left: 6,
  outcomes: { added: 2, existing: 0, replaced: 0, unchanged: 0, removed: 0 },
  rate: null,
  etaSeconds: null,
});
const shown = (collection = '', onChanged = () => {}) =>
  show(<ImportFolder collection={collection} onChanged={onChanged} />);
const field = () => screen.getByRole('textbox', { name: 'Path of the folder' });
const sent = (asked: readonly { what: string }[]) =>
  asked.map(({ what }) => what).filter((what) => what.startsWith('POST'));

test('Enter starts an import into the collection on show', async () => {
  const asked = answering({ 'GET /v1/imports': nothing, 'POST /v1/imports': never });
  const user = shown('photos');
  await user.type(field(), ' /srv/photos {Enter}');
  expect(asked.at(-1)).toMatchObject({
    what: 'POST /v1/imports',
    body: { path: '/srv/photos', collection: 'photos' },
  });
});

test('a double click starts one import, however long the answer takes', async () => {
  const asked = answering({ 'GET /v1/imports': nothing, 'POST /v1/imports': never });
  const user = shown();
  await user.type(field(), '/srv/photos');
  await user.dblClick(screen.getByRole('button', { name: 'Import' }));
  expect(sent(asked)).toEqual(['POST /v1/imports']);
});

test.each([
  ['Cancel', 'running', 'cancel'],
  ['Try the failed ones again', 'done', 'retry'],
] as const)('so does one on “%s”', async (name, status, action) => {
  const asked = answering({
    'GET /v1/imports': () => json({ imports: [importOf('running')] }),
    'GET /v1/imports/5/events': () =>
      new Response(`event: progress\ndata: ${JSON.stringify(importOf(status))}\n\nevent: end\ndata: {}\n\n`),
    'GET /v1/imports/5/items': () => json({ items: [] }),
    [`POST /v1/imports/5/${action}`]: never,
  });
  const user = shown();
  await user.dblClick(await screen.findByRole('button', { name }));
  expect(sent(asked)).toEqual([`POST /v1/imports/5/${action}`]);
});

test('a first look that fails is made again, and takes up the import that runs', async () => {
  const looks: Answer[] = [() => refusal({ code: 'shutting_down', status: 503, detail: 'The service stops.' })];
  answering({
    'GET /v1/imports': (one) => (looks.shift() ?? (() => json({ imports: [importOf('running')] })))(one),
    'GET /v1/imports/5/events': never,
    'GET /v1/imports/5/items': () => json({ items: [] }),
  });
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  try {
    shown();
    expect((await screen.findByRole('alert')).textContent).toBe('The service stops.');
    await act(async () => void (await vi.advanceTimersByTimeAsync(2000)));
  } finally {
    vi.useRealTimers();
  }
  await screen.findByText('Importing');
  await waitFor(() => expect(screen.queryByRole('alert')).toBe(null));
});

test('an import that is started before the first look is answered stays on show', async () => {
  let answer = (_: Response) => {};
  answering({
    'GET /v1/imports': () => new Promise<Response>((resolve) => (answer = resolve)),
    'GET /v1/imports/4/events': never,
    'POST /v1/imports': () => json({ ...importOf('running'), id: '4', path: '/srv/own', failed: 0 }),
  });
  const user = shown();
  await user.type(field(), '/srv/own{Enter}');
  await screen.findByText(/\/srv\/own/);
  await act(async () => answer(json({ imports: [importOf('running')] })));
  expect(screen.queryByText(/\/srv\/photos/)).toBe(null);
});

test('failures that cannot be read are told of and can be asked for again; nobody waits for an answer that is out of date', async () => {
  const lines = new TransformStream<string, string>();
  const writer = lines.writable.getWriter();
  const tell = (failed: number) =>
    writer.write(`event: progress\ndata: ${JSON.stringify({ ...importOf('running'), failed })}\n\n`);
  const item = { id: '1', path: '/srv/photos/broken.jpg', error: { code: 'unreadable', detail: 'It is cut off.' } };
  const answers: Answer[] = [
    never,
    () => refusal({ code: 'internal', status: 500, detail: 'Something failed.' }),
    () => json({ items: [item] }),
  ];
  const asked = answering({
    'GET /v1/imports': () => json({ imports: [importOf('running')] }),
    'GET /v1/imports/5/events': () => new Response(lines.readable.pipeThrough(new TextEncoderStream())),
    'GET /v1/imports/5/items': (one) => (answers.shift() ?? never)(one),
  });
  const listings = () => asked.filter(({ what }) => what.startsWith('GET /v1/imports/5/items'));
  const user = shown();
  await user.click(await screen.findByText('1 failure'));
  await waitFor(() => expect(listings()).toHaveLength(1));
  await tell(2);
  expect((await screen.findByRole('alert')).textContent).toContain('Something failed.');
  expect(listings().map(({ signal }) => signal?.aborted)).toEqual([true, false]);
  await user.click(screen.getByRole('button', { name: 'Try again' }));
  await screen.findByText('It is cut off.');
  expect(screen.queryByRole('alert')).toBe(null);
});

test('of an import whose failures a later one has, the list says so', async () => {
  answering({
    'GET /v1/imports': () => json({ imports: [importOf('running')] }),
    'GET /v1/imports/5/events': () =>
      new Response(`event: progress\ndata: ${JSON.stringify(importOf('done'))}\n\nevent: end\ndata: {}\n\n`),
    'GET /v1/imports/5/items': () => json({ items: [] }),
  });
  const user = shown();
  await user.click(await screen.findByText('1 failure'));
  await screen.findByText('Which files failed, a later import of /srv/photos tells.');
});

test('the first images of a long import are told of, and those of its end', async () => {
  let changes = 0;
  const lines = new TransformStream<string, string>();
  const writer = lines.writable.getWriter();
  answering({
    'GET /v1/imports': () => json({ imports: [{ ...importOf('listing'), done: 0, failed: 0 }] }),
    'GET /v1/imports/5/events': () => new Response(lines.readable.pipeThrough(new TextEncoderStream())),
  });
  const tell = (now: Partial<Import>) =>
    writer.write(`event: progress\ndata: ${JSON.stringify({ ...importOf('running'), failed: 0, ...now })}\n\n`);
  shown('', () => changes++);
  await screen.findByText('Listing');
  expect(changes).toBe(0);
  await tell({ done: 1 });
  await waitFor(() => expect(changes).toBe(1));
  await tell({ done: 2 });
  await screen.findByText(/2 done/);
  expect(changes).toBe(1);
  await tell({ status: 'done', done: 9 });
  await writer.close();
  await waitFor(() => expect(changes).toBe(2));
});

test('what the service says of the folder is told as it says it', async () => {
  answering({
    'GET /v1/imports': nothing,
    'POST /v1/imports': () =>
      refusal({ code: 'forbidden_path', status: 403, detail: '/etc is outside.', remedy: 'Choose another folder.' }),
  });
  const user = shown();
  await user.type(field(), '/etc{Enter}');
  expect((await screen.findByRole('alert')).textContent).toBe('/etc is outside. Choose another folder.');
  expect(screen.getByRole('button', { name: 'Import' }).hasAttribute('disabled')).toBe(false);
});
