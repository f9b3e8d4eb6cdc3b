import { fireEvent, screen, waitFor, within } from '@testing-library/dom';
import { beforeEach, expect, test, vi } from 'vitest';
import { App } from './app.js';
import type { Import, ItemError } from './shared/types.js';
import { type Answer, answering, json, never, refusal } from './testing/answers.js';
import { flowers, labelled, ofFlowers } from './testing/flowers.js';
import { imageOf } from './testing/image-of.js';
import { show } from './testing/shown.js';

const holding = (images: number): Response =>
  json({
    images,
    indexed: images,
    encoder: { name: 'pictures-v2' },
    index: { kind: 'hnsw' },
    backfill: { left: 0 },
  });
const stats: Answer = () => holding(1234);
const service = (answers: Readonly<Record<string, Answer>> = {}) =>
  answering({
    'GET /v1/stats': stats,
    'GET /v1/collections': () => json({ collections: [] }),
    'GET /v1/images': () => json({ images: [imageOf('7')], nextCursor: null }),
    'GET /v1/imports': () => json({ imports: [] }),
    ...ofFlowers,
    'GET /v1/duplicates': () => json({ groups: [], nextCursor: null, unchecked: 0, total: 0 }),
    'POST /v1/search': () => json({ results: [], plan: 'exact', matched: 0, timings: {} }),
    ...answers,
  });
const bar = () => within(screen.getByRole('banner'));

beforeEach(() => (location.hash = ''));

test('the bar tells what the library holds and leads to every part of the page and back', async () => {
  service();
  const user = show(<App />);
  await screen.findByText('1,234 images · pictures-v2 · hnsw');
  await user.click(bar().getByRole('link', { name: 'Duplicates' }));
  await screen.findByRole('heading', { name: 'Duplicates' });
  await user.click(bar().getByRole('link', { name: 'Classifiers' }));
  await screen.findByRole('heading', { name: 'Classifiers' });
  await user.click(bar().getByRole('link', { name: 'Likeness' }));
  await screen.findByRole('heading', { name: 'What looks like this?' });
  expect(await screen.findByRole('link', { name: 'What looks like 7.jpg?' })).toBeTruthy();
});

test('a service that is in trouble is told of in the bar', async () => {
  service({
    'GET /v1/stats': () => refusal({ code: 'internal', status: 500, detail: 'Something failed.', remedy: 'Look.' }),
  });
  show(<App />);
  expect(await bar().findByText('Something failed. Look.')).toBeTruthy();
});

test('an import that ends while another part of the page is on show fills the library', async () => {
  let images = 0;
  const importNow = (): Import => ({
    id: '5',
    path: '/srv/photos',
    status: images > 0 ? 'done' : 'running',
    error: null,
    total: 5,
    done: images,
    failed: 0,
    left: 5 - images,
    outcomes: { added: images, existing: 0, replaced: 0, unchanged: 0, removed: 0 },
    rate: null,
    etaSeconds: null,
  });
  service({
    'GET /v1/stats': () => holding(images),
    'GET /v1/images': () => json({ images: images > 0 ? [imageOf('7')] : [], nextCursor: null }),
    'GET /v1/imports': () => json({ imports: [importNow()] }),
    'GET /v1/imports/5/events': never,
  });
  const user = show(<App />);
  await screen.findByText('Add some images first, then search among them.');
  await screen.findByText('Importing');
  await user.click(bar().getByRole('link', { name: 'Classifiers' }));
  await screen.findByRole('heading', { name: 'Classifiers' });
  images = 5;
  await user.click(bar().getByRole('link', { name: 'Likeness' }));
  await screen.findByText(/^5 images/);
  expect(await screen.findByRole('link', { name: 'What looks like 7.jpg?' })).toBeTruthy();
});

test('images that a command adds are seen: the first ones soon, more when somebody comes back to the page', async () => {
  let images = 0;
  service({
    'GET /v1/stats': () => holding(images),
    'GET /v1/images': () => json({ images: images > 0 ? [imageOf('7')] : [], nextCursor: null }),
  });
  show(<App />);
  await screen.findByText(/^0 images/);
  images = 1;
  await screen.findByText(/^1 image /);
  expect(await screen.findByRole('link', { name: 'What looks like 7.jpg?' })).toBeTruthy();
  images = 2;
  fireEvent(document, new Event('visibilitychange'));
  await screen.findByText(/^2 images/);
});

/** How the page fares whose library is empty until a look fails with this. @param after what later looks find */
function lookingInVain(problem: ItemError, after: Answer) {
  const looks: Answer[] = [() => holding(0), () => refusal(problem)];
  const asked = service({
    'GET /v1/stats': (one) => (looks.shift() ?? after)(one),
    'GET /v1/images': () => json({ images: [imageOf('7')], nextCursor: null }),
  });
  show(<App />);
  return { looked: () => asked.filter(({ what }) => what === 'GET /v1/stats').length };
}

test('a look that fails ends neither the looking nor what is said of an empty library', async () => {
  let images = 0;
  lookingInVain({ code: 'database_unavailable', status: 503, detail: 'Gone for a moment.' }, () => holding(images));
  await bar().findByText('Gone for a moment.');
  expect(screen.getByText('Add some images first, then search among them.')).toBeTruthy();
  images = 1;
  await bar().findByText(/^1 image /);
  expect(await screen.findByRole('link', { name: 'What looks like 7.jpg?' })).toBeTruthy();
});

test('a look that is refused is the last one', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  try {
    const { looked } = lookingInVain({ code: 'forbidden', status: 403, detail: 'Not for you.' }, never);
    await bar().findByText(/^0 images/);
    await vi.advanceTimersByTimeAsync(60_000);
    await bar().findByText('Not for you.');
    await vi.advanceTimersByTimeAsync(60_000);
    expect(looked()).toBe(2);
  } finally {
    vi.useRealTimers();
  }
});

/** A service that takes its time over labels. */
function labelling(answer: Answer) {
  let goOn = () => {};
  const asked = service({
    'GET /v1/images/7': () => json(imageOf('7')),
    'GET /v1/images/7/similar': () =>
      json({ results: [{ ...imageOf('8'), score: 0.5 }], plan: 'exact', matched: 1, timings: {} }),
    'POST /v1/classifiers/4/labels': async (one) => {
      await new Promise<void>((resolve) => (goOn = resolve));
      return answer(one);
    },
  });
  const sent = () => asked.flatMap(({ what, body }) => (what === 'POST /v1/classifiers/4/labels' ? [body] : []));
  return { sent, goOn: () => goOn() };
}
const asksBeforeClosing = () => !dispatchEvent(new Event('beforeunload', { cancelable: true }));

test('a label that is refused once its page was left is told of in the bar and there, until it was read', async () => {
  const { sent, goOn } = labelling(() => refusal({ code: 'shutting_down', status: 503, detail: 'The service stops.' }));
  location.hash = '#/classifiers/4';
  const user = show(<App />);
  await user.click(await screen.findByRole('checkbox', { name: '1.jpg' }));
  await user.keyboard('2');
  await waitFor(() => expect(sent()).toHaveLength(1));
  await user.click(bar().getByRole('link', { name: 'Duplicates' }));
  await screen.findByText('There are no duplicates here.');
  expect(asksBeforeClosing()).toBe(true);
  goOn();
  const alert = await bar().findByRole('alert');
  await waitFor(() => expect(asksBeforeClosing()).toBe(false));
  await user.click(within(alert).getByRole('link', { name: 'A label was not stored' }));
  await screen.findByText('The service stops.');
  await waitFor(() => expect(bar().queryByRole('alert')).toBe(null));
  await user.click(bar().getByRole('link', { name: 'Duplicates' }));
  await screen.findByText('There are no duplicates here.');
  await waitFor(() => expect(screen.queryByRole('alert')).toBe(null));
});

test('a label that is stored once its page was left can be taken back, also one that a search was labelled with', async () => {
  const { sent, goOn } = labelling(labelled);
  location.hash = '#/similar/7';
  const user = show(<App />);
  await user.click(await screen.findByRole('button', { name: 'Label these' }));
  await user.click(await screen.findByRole('checkbox', { name: '7.jpg' }));
  await user.keyboard('2');
  await waitFor(() => expect(sent()).toHaveLength(1));
  await user.click(screen.getByRole('button', { name: 'Done' }));
  location.hash = '#/classifiers/4';
  await screen.findByRole('checkbox', { name: '1.jpg' });
  const undo = screen.getByRole<HTMLButtonElement>('button', { name: 'Undo' });
  expect(undo.disabled).toBe(true);
  goOn();
  await screen.findByText('1 image: iris.');
  await user.click(undo);
  await waitFor(() => expect(sent()).toHaveLength(2));
  goOn();
  await screen.findByText('Taken back for 1 image.');
  expect(sent()[1]).toEqual({ labels: [{ image: '7', category: 'iris', value: 'cleared' }], origin: 'page' });
});

test('who has gone on is not led away by a deletion or a making that is answered late', async () => {
  const waiting: (() => void)[] = [];
  let answered = 0;
  const late = (body: unknown) => async () => {
    await new Promise<void>((resolve) => waiting.push(resolve));
    answered++;
    return json(body);
  };
  service({ 'DELETE /v1/classifiers/4': late({}), 'POST /v1/classifiers': late({ ...flowers, id: '5' }) });
  vi.stubGlobal('confirm', () => true);
  location.hash = '#/classifiers/4';
  const user = show(<App />);
  await user.click(await screen.findByRole('button', { name: 'Delete' }));
  await user.click(bar().getByRole('link', { name: 'Classifiers' }));
  await user.click(await screen.findByText('New classifier'));
  await user.type(screen.getByLabelText('Name'), 'roses{Enter}');
  await user.click(bar().getByRole('link', { name: 'Duplicates' }));
  await screen.findByText('There are no duplicates here.');
  const been: string[] = [];
  const listening = new AbortController();
  addEventListener('hashchange', () => been.push(location.hash), { signal: listening.signal });
  expect(waiting).toHaveLength(2);
  for (const answer of waiting) answer();
  await waitFor(() => expect(answered).toBe(2));
  await user.click(bar().getByRole('link', { name: 'Likeness' }));
  await screen.findByRole('link', { name: 'What looks like 7.jpg?' });
  listening.abort();
  expect(been).toEqual(['#/']);
});

test('where classifiers cannot be read, a search says so and reads them again when asked', async () => {
  let away = true;
  service({
    'GET /v1/images/7': () => json(imageOf('7')),
    'GET /v1/images/7/similar': () => json({ results: [], plan: 'exact', matched: 0, timings: {} }),
    'GET /v1/classifiers': () =>
      away
        ? refusal({ code: 'internal', status: 500, detail: 'Something failed.' })
        : json({ classifiers: [{ ...flowers, versionInUse: 1 }] }),
  });
  location.hash = '#/similar/7';
  const user = show(<App />);
  expect((await screen.findByRole('alert')).textContent).toContain('Something failed.');
  away = false;
  await user.click(screen.getByRole('button', { name: 'Try again' }));
  await screen.findByRole('group', { name: 'Only flowers' });
  expect(screen.queryByRole('alert')).toBe(null);
});

test('a collection that is there no more is chosen no more', async () => {
  let collections = [{ name: 'photos', images: 1 }];
  const asked = service({ 'GET /v1/collections': () => json({ collections }) });
  const listed = () => asked.filter(({ what }) => what.startsWith('GET /v1/images?')).map(({ what }) => what);
  const user = show(<App />);
  await user.selectOptions(await screen.findByRole('combobox', { name: 'Collection' }), 'photos (1 image)');
  await screen.findByText('Add images to “photos”');
  await waitFor(() => expect(listed().at(-1)).toBe('GET /v1/images?limit=60&collection=photos'));
  collections = [];
  fireEvent(document, new Event('visibilitychange'));
  await screen.findByText('Add images');
  await waitFor(() => expect(listed().at(-1)).toBe('GET /v1/images?limit=60'));
});

test('a picture that is pasted anywhere is searched by; what is pasted beside pictures is not', async () => {
  const asked = service();
  show(<App />);
  const pasted = (...files: File[]) => fireEvent.paste(document.body, { clipboardData: { files } });
  pasted(new File(['x'], 'words.txt', { type: 'text/plain' }));
  expect(location.hash).toBe('');
  pasted(new File(['x'], '', { type: 'image/png' }));
  await screen.findByText('Pasted image');
  await screen.findByText('No image passes. Change the filter, or search all images.');
  const sent = asked.find(({ what }) => what === 'POST /v1/search')?.body as FormData;
  expect((sent.get('query-image') as File).type).toBe('image/png');
});
