import { fireEvent, screen, within } from '@testing-library/dom';
import { beforeEach, expect, test } from 'vitest';
import { App } from './app.js';
import { type Answer, answering, json, refusal } from './testing/answers.js';
import { imageOf } from './testing/image-of.js';
import { show } from './testing/shown.js';

const stats: Answer = () =>
  json({
    images: 1234,
    indexed: 1234,
    encoder: { name: 'pictures-v2' },
    index: { kind: 'hnsw' },
    backfill: { left: 0 },
  });
const service = (answers: Readonly<Record<string, Answer>> = {}) =>
  answering({
    'GET /v1/stats': stats,
    'GET /v1/collections': () => json({ collections: [] }),
    'GET /v1/images': () => json({ images: [imageOf('7')], nextCursor: null }),
    'GET /v1/imports': () => json({ imports: [] }),
    'GET /v1/classifiers': () => json({ classifiers: [] }),
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
