import { expect, test } from 'vitest';
import { evaluateCell } from './evaluate-cell.js';
import type { SetFeatures } from './features.js';
import { heldOutFolds } from './folds.js';
import type { PhotoSet } from './photo-sets.js';

const DIMENSION = 4;

/** Two categories on two axes. */
function drawn(name: string): { set: PhotoSet; features: SetFeatures } {
  const photos = Array.from({ length: 24 }, (_, at) => ({ id: `${at}`, file: '', category: at < 12 ? 0 : 1 }));
  const penultimate = new Float32Array(photos.length * DIMENSION);
  for (const [at, { category }] of photos.entries()) {
    for (let i = 0; i < DIMENSION; i++) penultimate[at * DIMENSION + i] = Math.sin(7 * at + i) / 10;
    penultimate[at * DIMENSION + category] = 1;
  }
  return { set: { name, categories: ['a', 'b'], photos }, features: { penultimate } };
}

function evaluated(...drawings: ReturnType<typeof drawn>[]) {
  const sets = drawings.map(({ set }) => set);
  const cell = { model: 'some', shots: 0, head: 'nearest-mean', fold: 0 } as const;
  const search = { candidates: 1, rounds: 1, folds: 2 };
  const folds = heldOutFolds(sets[0] as PhotoSet, 3);
  const features = drawings.map((one) => one.features);
  return evaluateCell(sets, features, 0, folds, cell, { tap: 'penultimate', search });
}

test('of other sets nothing is told where there are none', () => {
  expect(evaluated(drawn('one'))).toMatchObject({ accuracy: 1, refusedOthers: null });
  expect(evaluated(drawn('one'), drawn('two')).refusedOthers).toBeTypeOf('number');
});
