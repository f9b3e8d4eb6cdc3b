import { expect, test } from 'vitest';
import { type LoadPage, type Page, Pager, type PagesState } from './pager.js';

/** A service whose answers are given by hand, in any order. */
class Answers {
  readonly asked: { cursor: string | null; signal: AbortSignal; settle: (page: Page<number> | Error) => void }[] = [];
  readonly load: LoadPage<number> = (cursor, signal) =>
    new Promise((resolve, reject) => {
      const settle = (page: Page<number> | Error) => (page instanceof Error ? reject(page) : resolve(page));
      this.asked.push({ cursor, signal, settle });
    });

  async give(at: number, page: Page<number> | Error): Promise<void> {
    this.asked[at]?.settle(page);
    await new Promise((resolve) => setTimeout(resolve));
  }
}

function started() {
  const answers = new Answers();
  const states: PagesState<number>[] = [];
  const pager = new Pager<number>((state) => states.push(state));
  pager.start(answers.load, false);
  return { answers, pager, now: () => states.at(-1) };
}

test('pages follow each other, and there is an end', async () => {
  const { answers, pager, now } = started();
  expect(now()).toMatchObject({ items: [], busy: true, last: null });
  await answers.give(0, { items: [1, 2], next: 'b' });
  pager.more();
  await answers.give(1, { items: [3], next: null });
  expect(now()).toMatchObject({ items: [1, 2, 3], busy: false, error: null });
  pager.more();
  expect(answers.asked.map(({ cursor }) => cursor)).toEqual([null, 'b']);
});

test('a second click asks for nothing', async () => {
  const { answers, pager, now } = started();
  await answers.give(0, { items: [1], next: 'b' });
  pager.more();
  pager.more();
  expect(answers.asked).toHaveLength(2);
  await answers.give(1, { items: [2], next: 'c' });
  expect(now()?.items).toEqual([1, 2]);
});

test('a page that failed is asked for again', async () => {
  const { answers, pager, now } = started();
  await answers.give(0, { items: [1], next: 'b' });
  pager.more();
  await answers.give(1, new Error('busy'));
  expect(now()).toMatchObject({ items: [1], error: 'busy', busy: false });
  pager.more();
  expect(now()?.error).toBeNull();
  await answers.give(2, { items: [2], next: null });
  expect(now()).toMatchObject({ items: [1, 2], error: null });
  expect(answers.asked.map(({ cursor }) => cursor)).toEqual([null, 'b', 'b']);
});

test('so is a first one', async () => {
  const { answers, pager, now } = started();
  await answers.give(0, new Error('busy'));
  pager.more();
  await answers.give(1, { items: [1], next: null });
  expect(now()).toMatchObject({ items: [1], error: null });
});

test('the answer to what is not asked any more changes nothing', async () => {
  const { answers, pager, now } = started();
  await answers.give(0, { items: [1], next: 'b' });
  pager.more();
  pager.start(answers.load, false);
  expect(answers.asked[1]?.signal.aborted).toBe(true);
  expect(now()?.items).toEqual([]);
  await answers.give(2, { items: [7], next: null });
  await answers.give(1, { items: [2], next: 'c' });
  expect(now()).toMatchObject({ items: [7], last: { next: null } });
});

test('what is on show stays, if it is to, until the first page has come', async () => {
  const { answers, pager, now } = started();
  await answers.give(0, { items: [1], next: 'b' });
  pager.more();
  await answers.give(1, { items: [2], next: 'c' });
  pager.start(answers.load, true);
  expect(now()?.items).toEqual([1, 2]);
  await answers.give(2, { items: [9], next: 'b' });
  expect(now()?.items).toEqual([9]);
});
