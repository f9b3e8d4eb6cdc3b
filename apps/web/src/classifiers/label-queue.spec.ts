import { expect, test } from 'vitest';
import { ApiError } from '../shared/api.js';
import { type LabelItem, LabelQueue, type LabelService, NO_LABELS } from './label-queue.js';
import type { Classifier, LabelReport } from './types.js';

const classifier = (...names: string[]): Classifier => ({
  id: '1',
  name: 'flowers',
  kind: 'single',
  categories: names.map((name) => ({ id: name, name, positives: 0, negatives: 0 })),
  versionInUse: null,
  labelsWithoutImage: 0,
});
const pictures = (count: number, category: string, value: 'positive' | 'negative' = 'positive'): LabelItem[] =>
  Array.from({ length: count }, (_, at) => ({ file: new File(['x'], `${category}-${at}.jpg`), category, value }));
const row = (image: string, category: string): LabelItem => ({ image, category, value: 'positive' });
const labelled = (items: readonly LabelItem[]): LabelReport['results'] =>
  items.map(() => ({ status: 'labelled' as const }));
const away = () => new TypeError('Failed to fetch');

/** A queue that is followed to its end. @param label answers a request, of which it is told the number */
function sender(label: (items: readonly LabelItem[], request: number) => LabelReport['results'] = labelled) {
  const asked: string[] = [];
  const names = new Set(['iris']);
  const known = () => classifier(...names);
  const service: LabelService = {
    read: () => Promise.resolve(known()),
    addCategory: (name) => {
      asked.push(`make ${name}`);
      names.add(name);
      return Promise.resolve(known());
    },
    label: async (items) => {
      asked.push(`label ${items.length} ${items[0]?.category}`);
      const results = label(items, asked.length);
      return Promise.resolve({ results, classifier: known() });
    },
  };
  let state = NO_LABELS;
  let over: () => void;
  const ended = new Promise<void>((resolve) => (over = resolve));
  const show = (now: typeof state) => {
    state = now;
    if (!now.running && now.total > 0) over();
  };
  const queue = new LabelQueue(show, service, () => Promise.resolve(true));
  return { queue, service, asked, names, ended, now: () => state };
}

test('a request that fails is told of each of its pictures, and those after it are sent', async () => {
  const { queue, asked, ended, now } = sender((items, request) => {
    if (request === 2) throw new ApiError({ code: 'no_space', detail: 'The disk is full.' });
    return labelled(items);
  });
  queue.add(pictures(40, 'iris'), classifier('iris'));
  await ended;
  expect(asked).toEqual(['label 16 iris', 'label 16 iris', 'label 8 iris']);
  const failed = now().results.filter(({ fault }) => fault !== null);
  expect([now().total, now().results.length, failed.length]).toEqual([40, 40, 16]);
  expect(failed[0]).toEqual({ what: 'iris-16.jpg', fault: 'The disk is full.' });
});

test('where a request of pictures is too large fewer go in each, and rows of a table as many as before', async () => {
  const { queue, asked, ended, now } = sender((items) => {
    const [first] = items;
    if (first && 'file' in first && items.length > 5)
      throw new ApiError({ code: 'payload_too_large', detail: 'reach files limit', status: 413 });
    return labelled(items);
  });
  const rows = Array.from({ length: 20 }, (_, at) => row(String(at), 'iris'));
  queue.add([...pictures(17, 'iris'), ...rows], classifier('iris'));
  await ended;
  expect(asked).toEqual([
    'label 16 iris',
    'label 8 iris',
    ...Array<string>(4).fill('label 4 iris'),
    'label 1 iris',
    'label 20 iris',
  ]);
  expect(now().results.map(({ fault }) => fault)).toEqual(Array<null>(37).fill(null));
});

test('what the service says of one picture is kept', async () => {
  const fault = { status: 'failed' as const, error: { code: 'image_unreadable', detail: 'It is no image.' } };
  const { queue, ended, now } = sender((items) => [fault, ...labelled(items.slice(1))]);
  queue.add(pictures(2, 'iris'), classifier('iris'));
  await ended;
  expect(now().results).toEqual([
    { what: 'iris-0.jpg', fault: 'It is no image.' },
    { what: 'iris-1.jpg', fault: null },
  ]);
});

test('pictures go by category and value, rows of a table together, and new categories are made first', async () => {
  const { queue, asked, ended, now } = sender();
  queue.add(
    [
      ...pictures(2, 'iris'),
      ...pictures(1, 'iris', 'negative'),
      ...pictures(17, 'rose'),
      row('7', 'iris'),
      row('8', 'lily'),
    ],
    classifier('iris'),
  );
  await ended;
  expect(asked).toEqual([
    'label 2 iris',
    'label 1 iris',
    'make rose',
    'label 16 rose',
    'label 1 rose',
    'make lily',
    'label 2 iris',
  ]);
  expect(now().classifier?.categories.map(({ name }) => name)).toEqual(['iris', 'rose', 'lily']);
});

test('a category is made once: also where the answer was lost, and where it is gone again', async () => {
  const { queue, service, asked, names, ended, now } = sender((_, request) => {
    names.delete('rose');
    if (request > 2) throw new ApiError({ code: 'category_not_found', detail: 'There is no rose.' });
    return [];
  });
  const lost = { ...service };
  Object.assign(service, {
    addCategory: async (name: string) => {
      Object.assign(service, lost);
      await lost.addCategory(name);
      throw away();
    },
  });
  queue.add(pictures(17, 'rose'), classifier('iris'));
  await ended;
  expect(asked).toEqual(['make rose', 'label 16 rose', 'label 1 rose']);
  expect(now().results.at(-1)?.fault).toBe('There is no rose.');
});

test('a category that cannot be made fails its own pictures only', async () => {
  const { queue, service, asked, ended, now } = sender();
  Object.assign(service, {
    addCategory: () => Promise.reject(new ApiError({ code: 'invalid_request', detail: 'The name is too long.' })),
  });
  queue.add([...pictures(1, 'rose'), ...pictures(1, 'iris')], classifier('iris'));
  await ended;
  expect(asked).toEqual(['label 1 iris']);
  expect(now().results.map(({ fault }) => fault)).toEqual(['The name is too long.', null]);
});

test('while the service is away, what is left waits for it', async () => {
  const { queue, asked, ended, now } = sender((items, request) => {
    if (request === 1) throw away();
    return labelled(items);
  });
  queue.add([row('7', 'iris')], classifier('iris'));
  await ended;
  expect(asked).toEqual(['label 1 iris', 'label 1 iris']);
  expect(now().results).toEqual([{ what: 'image 7', fault: null }]);
});
