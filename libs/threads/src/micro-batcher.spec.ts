import { describe, expect, it } from 'vitest';
import { DomainError } from '#libs/errors';
import { MicroBatcher } from './micro-batcher.js';

interface Run {
  readonly items: readonly number[];
  readonly slot: number;
  answer(): void;
  fail(error?: unknown): void;
}

/** A batcher whose runs the test ends by hand; an answer is ten times its item. */
function harness(options: { maxBatch: number; concurrency?: number; ahead?: boolean }) {
  const runs: Run[] = [];
  const batcher = new MicroBatcher<number, number>({
    concurrency: 1,
    ...options,
    run: (items, slot) =>
      new Promise((resolve, reject) => {
        const answer = () => resolve(items.map((item) => 10 * item));
        runs.push({ items, slot, answer, fail: (error = new Error('batch failed')) => reject(error) });
      }),
  });
  return { batcher, runs, items: () => runs.map((run) => run.items) };
}

/** Lets every promise that can settle do so. */
const settled = () => new Promise((resolve) => setImmediate(resolve));

describe('MicroBatcher', () => {
  it('sends an item at once when idle, alone, without waiting for company', async () => {
    const { batcher, runs, items } = harness({ maxBatch: 16 });
    const answer = batcher.submit(7);
    await Promise.resolve();
    expect(items()).toEqual([[7]]);
    runs[0]?.answer();
    expect(await answer).toBe(70);
  });

  it('gathers what one synchronous loop hands in', async () => {
    const { batcher, items } = harness({ maxBatch: 16 });
    for (const item of [1, 2, 3]) void batcher.submit(item);
    await settled();
    expect(items()).toEqual([[1, 2, 3]]);
  });

  it('fills the next batch while busy, up to maxBatch, first come first served', async () => {
    const { batcher, runs, items } = harness({ maxBatch: 3 });
    const answers: Promise<number>[] = [];
    for (const item of [1, 2, 3, 4, 5]) {
      answers.push(batcher.submit(item));
      await settled();
    }
    expect(items()).toEqual([[1]]);
    runs[0]?.answer();
    await settled();
    expect(items()).toEqual([[1], [2, 3, 4]]);
    runs[1]?.answer();
    await settled();
    expect(items()).toEqual([[1], [2, 3, 4], [5]]);
    runs[2]?.answer();
    expect(await Promise.all(answers)).toEqual([10, 20, 30, 40, 50]);
  });

  it('shares the queue evenly between free slots, and never uses one slot twice at once', async () => {
    const { batcher, runs } = harness({ maxBatch: 16, concurrency: 2 });
    for (let item = 1; item <= 5; item++) void batcher.submit(item);
    await settled();
    expect(runs.map(({ items, slot }) => ({ items, slot }))).toEqual([
      { items: [1, 2, 3], slot: 0 },
      { items: [4, 5], slot: 1 },
    ]);
    void batcher.submit(6);
    await settled();
    expect(runs).toHaveLength(2);
    runs[1]?.answer();
    await settled();
    expect(runs[2]).toMatchObject({ items: [6], slot: 1 });
  });

  it('hands full batches ahead to busy slots where that is asked for, one to each, longest busy first', async () => {
    const { batcher, runs } = harness({ maxBatch: 2, concurrency: 2, ahead: true });
    const handed = () => runs.map(({ items, slot }) => ({ items, slot }));
    void batcher.submit(1);
    await settled();
    void batcher.submit(2);
    await settled();
    void batcher.submit(3);
    await settled();
    // Half a batch waits, as it could still grow.
    expect(handed()).toHaveLength(2);
    for (const item of [4, 5, 6, 7, 8]) void batcher.submit(item);
    await settled();
    expect(handed().slice(2)).toEqual([
      { items: [3, 4], slot: 0 },
      { items: [5, 6], slot: 1 },
    ]);
    // Another full batch waits until a slot has room; the slot that has only its last run left is not free.
    runs[1]?.answer();
    await settled();
    expect(handed().slice(4)).toEqual([{ items: [7, 8], slot: 1 }]);
    const last = batcher.submit(9);
    runs[0]?.answer();
    await settled();
    expect(handed()).toHaveLength(5);
    runs[2]?.answer();
    await settled();
    expect(handed().slice(5)).toEqual([{ items: [9], slot: 0 }]);
    runs[5]?.answer();
    expect(await last).toBe(90);
    const closing = batcher.close();
    for (const run of runs) run.answer();
    await closing;
  });

  it('runs each item of a failed batch alone, ahead of the queue, and rejects only the bad one', async () => {
    const { batcher, runs, items } = harness({ maxBatch: 3 });
    const first = [1, 2, 3].map((item) => batcher.submit(item));
    await settled();
    const later = batcher.submit(4);
    runs[0]?.fail();
    await settled();
    runs[1]?.answer();
    await settled();
    runs[2]?.fail(new Error('item 2 is bad'));
    await expect(first[1]).rejects.toThrow('item 2 is bad');
    await settled();
    runs[3]?.answer();
    await settled();
    runs[4]?.answer();
    expect(items()).toEqual([[1, 2, 3], [1], [2], [3], [4]]);
    expect(await Promise.all([first[0], first[2], later])).toEqual([10, 30, 40]);
  });

  it('leaves other batches alone when one fails', async () => {
    const { batcher, runs } = harness({ maxBatch: 1, concurrency: 2 });
    const bad = batcher.submit(1);
    const good = batcher.submit(2);
    await settled();
    runs[0]?.fail(new Error('bad'));
    runs[1]?.answer();
    await expect(bad).rejects.toThrow('bad');
    expect(await good).toBe(20);
  });

  it('does not take an answer of the wrong length for one', async () => {
    const batcher = new MicroBatcher<number, number>({ maxBatch: 4, concurrency: 1, run: () => Promise.resolve([]) });
    await expect(batcher.submit(1)).rejects.toMatchObject({ code: 'internal' });
  });

  it('close answers what was handed in, retries included, and takes nothing new', async () => {
    const { batcher, runs } = harness({ maxBatch: 2 });
    const answers = [1, 2].map((item) => batcher.submit(item));
    await settled();
    let closed = false;
    const closing = batcher.close().then(() => (closed = true));
    await expect(batcher.submit(3)).rejects.toBeInstanceOf(DomainError);
    await expect(batcher.submit(3)).rejects.toMatchObject({ code: 'shutting_down' });
    runs[0]?.fail();
    await settled();
    runs[1]?.answer();
    await settled();
    expect(closed).toBe(false);
    runs[2]?.answer();
    await closing;
    expect(await Promise.all(answers)).toEqual([10, 20]);
  });

  it('close of an idle batcher resolves', async () => {
    await harness({ maxBatch: 2 }).batcher.close();
  });
});
