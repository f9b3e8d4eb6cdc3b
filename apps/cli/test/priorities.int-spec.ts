import { readdir, readFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { describe, expect, it } from 'vitest';
import { ServedFolder } from './served-folder.js';

/** As bin/thread-pool.cjs and libs/threads set it. */
const STEPS = 5;
/** `nice` is field 19 of /proc/…/stat; fields are counted from behind the name, which may hold anything (man 5 proc). */
const NICE = 19 - 3;

/** @returns the niceness of each thread of a process, the main thread's first */
async function niceness(pid: number): Promise<number[]> {
  const tasks = (await readdir(`/proc/${pid}/task`)).map(Number).toSorted((a, b) => a - b);
  return Promise.all(
    tasks.map(async (task) => {
      const stat = await readFile(`/proc/${pid}/task/${task}/stat`, 'utf8');
      return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[NICE]);
    }),
  );
}

describe.runIf(process.platform === 'linux')('priorities of the threads of a service', () => {
  const served = new ServedFolder(0);

  it('are lower where images are decoded and encoded than where requests are answered', async () => {
    const [main, ...others] = await niceness(served.pid);
    const [own] = await niceness(process.pid);
    expect(main).toBe(own);
    const lower = others.filter((nice) => nice === Math.min(19, Number(own) + STEPS));
    const pool = Math.max(4, 2 * availableParallelism());
    expect(lower.length).toBeGreaterThanOrEqual(pool + 1); // and at least one thread of the encoder
    expect(others).toContain(main);
  });
});
