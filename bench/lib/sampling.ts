import { seededRandom } from './random.js';

/** `count` of these, at even distances; all where there are fewer. */
export function evenly<T>(all: readonly T[], count: number): T[] {
  const taken = Math.min(count, all.length);
  return Array.from({ length: taken }, (_, i) => all[Math.floor((i * all.length) / taken)] as T);
}

/** All of these in an order that is random, but always the same one for a seed (Fisher and Yates). */
export function shuffled<T>(all: readonly T[], seed: number): T[] {
  const order = [...all];
  const random = seededRandom(seed);
  for (let last = order.length - 1; last > 0; last--) {
    const other = Math.floor(random() * (last + 1));
    [order[last], order[other]] = [order[other] as T, order[last] as T];
  }
  return order;
}
