import { expect, it } from 'vitest';
import { ByteBudget } from './byte-budget.js';

/** Lets every promise that can settle do so. */
const settled = () => new Promise((resolve) => setImmediate(resolve));

/** Work of so many bytes within 100, which the test ends by hand. */
function working(sizes: readonly number[]) {
  const budget = new ByteBudget(100);
  const begun: number[] = [];
  const ends = new Map<number, (error?: Error) => void>();
  const all = sizes.map((bytes, at) =>
    budget.within(bytes, () => {
      begun.push(at);
      return new Promise<void>((resolve, reject) => ends.set(at, (error) => (error ? reject(error) : resolve())));
    }),
  );
  const end = async (at: number, error?: Error) => {
    ends.get(at)?.(error);
    await settled();
  };
  return { all, begun, end };
}

it('begins what has room beside the others, first come, first served', async () => {
  const { begun, end } = working([60, 40, 50, 10]);
  await settled();
  expect(begun).toEqual([0, 1]);
  await end(1);
  expect(begun).toEqual([0, 1]);
  await end(0);
  expect(begun).toEqual([0, 1, 2, 3]);
});

it('does alone what has more than there may be', async () => {
  const { begun, end } = working([10, 500, 10]);
  await settled();
  expect(begun).toEqual([0]);
  await end(0);
  expect(begun).toEqual([0, 1]);
  await end(1);
  expect(begun).toEqual([0, 1, 2]);
});

it('gives back what failed work held', async () => {
  const { all, begun, end } = working([100, 100]);
  const failed = expect(all[0]).rejects.toThrow('it broke');
  await settled();
  await end(0, new Error('it broke'));
  await failed;
  expect(begun).toEqual([0, 1]);
});
