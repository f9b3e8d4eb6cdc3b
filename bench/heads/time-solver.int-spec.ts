import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { makeSolverData } from './solver-data.js';
import { timeSolver } from './time-solver.js';

let folder: string;
beforeAll(async () => void (folder = await mkdtemp(path.join(tmpdir(), 'likeness-solver-'))));
afterAll(() => rm(folder, { recursive: true, force: true }));

test('without scikit-learn, or without Python, it is left out', async () => {
  const data = await makeSolverData(folder, 60, 8, 2);
  // Node is a command that is there and does not understand.
  for (const python of [path.join(folder, 'no-python'), process.execPath]) {
    const table = (await timeSolver(data, python, 1)).split('\n');
    expect(table).toHaveLength(5);
    for (const row of table.slice(2)) expect(row).toMatch(/^\| \S+ \| Likeness \| \d+ \| – \| – \| \d+ \| \d+ \|$/);
  }
});
