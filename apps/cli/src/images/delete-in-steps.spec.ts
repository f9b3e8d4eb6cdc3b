import { expect, it } from 'vitest';
import { Cli } from '../cli.js';
import { MemorySink } from '../text-sink.fixture.js';
import { deleteInSteps } from './delete-in-steps.js';

const cliOn = (stderr = new MemorySink(), signal = new AbortController().signal) =>
  new Cli({ environment: {}, stdout: new MemorySink(), stderr, signal });
const upTo = (count: number) => Array.from({ length: count }, (_, index) => String(index + 1));

it('names 500 images in a request at most, and answers those that were there', async () => {
  const steps: number[] = [];
  const gone = await deleteInSteps(cliOn(), upTo(1001), (some) => {
    steps.push(some.length);
    return Promise.resolve(some.filter((id) => id !== '700'));
  });
  expect(steps).toEqual([500, 500, 1]);
  expect([...gone]).toEqual(upTo(1001).filter((id) => id !== '700'));
});

it('asks for nothing where nothing goes', async () => {
  expect(await deleteInSteps(cliOn(), [], () => Promise.reject(new Error('asked')))).toEqual(new Set());
});

it('says how many are gone where a later step fails', async () => {
  const stderr = new MemorySink();
  const deleting = deleteInSteps(cliOn(stderr), upTo(600), (some) =>
    some.includes('1') ? Promise.resolve(some) : Promise.reject(new Error('gone away')),
  );
  await expect(deleting).rejects.toThrow('gone away');
  expect(stderr.text).toBe('Deleted 500 of 600 images before this.\n');
});

it('ends between two steps where the command is interrupted', async () => {
  const interruption = new AbortController();
  const stderr = new MemorySink();
  const deleting = deleteInSteps(cliOn(stderr, interruption.signal), upTo(600), (some) => {
    interruption.abort(new Error('interrupted'));
    return Promise.resolve(some);
  });
  await expect(deleting).rejects.toThrow('interrupted');
  expect(stderr.text).toBe('Deleted 500 of 600 images before this.\n');
});
