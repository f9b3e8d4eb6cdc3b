import { afterAll, beforeAll, expect, it } from 'vitest';
import { hashWords } from '#libs/imaging';
import { GroupingThread } from './grouping-thread.js';
import { nearJoins, type Look } from './near-joins.js';
import { nearRule } from './near-rule.js';

const RULE = nearRule(0.7);

let thread: GroupingThread;
beforeAll(() => {
  thread = new GroupingThread();
});
afterAll(() => thread.close());

/** Pictures around the circle, each ninth with another hash. */
const looks = Array.from({ length: 300 }, (_, at): Look => {
  const hash = at % 9 === 0 ? 'ffffffff0000000f' : `00000000${at.toString(16).padStart(8, '0')}`;
  return { hash: hashWords(hash), vector: Float32Array.of(Math.cos(at / 7), Math.sin(at / 7), at === 5 ? 0.5 : 0) };
});

it('compares images on its thread, with the answer that they have without one', async () => {
  const here = await nearJoins(looks, RULE, () => false);
  expect(here.length).toBeGreaterThan(200);
  expect(await thread.join(looks, RULE, [])).toEqual(here);
  // What was handed over is a copy.
  expect(looks[5]?.vector[2]).toBe(0.5);
  expect(await thread.join([], RULE, [])).toEqual([]);
});

it('passes over what somebody rejected, whichever is named first', async () => {
  const [first, second] = await nearJoins(looks, RULE, () => false);
  if (!first || !second) throw new Error('nothing is alike');
  const rejected = [first, [second[1], second[0]] as const];
  const is = (one: number, other: number) =>
    [first, second].some(([low, high]) => low === Math.min(one, other) && high === Math.max(one, other));
  const joins = await thread.join(looks, RULE, rejected);
  expect(joins).toEqual(await nearJoins(looks, RULE, is));
  expect(joins).not.toContainEqual(first);
});

it('is let go of when the service stops', async () => {
  const stopping = new GroupingThread();
  const joining = expect(stopping.join(looks, RULE, [])).rejects.toMatchObject({ code: 'shutting_down' });
  await stopping.close();
  await joining;
});
