import { chmod, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Child } from './child.js';

/**
 * Runs `work` with a folder of its own and removes it afterwards.
 *
 * @param given a folder to use instead, which stays
 * @param keep whether a folder of our own stays too
 */
export async function withWorkFolder<T>(
  given: string | undefined,
  keep: boolean,
  work: (folder: string) => Promise<T>,
): Promise<T> {
  // Their end fails whatever waits for them, and that leads through every `finally`.
  process.once('SIGINT', () => void Child.endAll());
  if (given !== undefined) {
    await mkdir(given, { recursive: true });
    return work(path.resolve(given));
  }
  const folder = await mkdtemp(path.join(tmpdir(), 'likeness-bench-'));
  // Where the service runs as root, its database runs as another user, who has to get in.
  await chmod(folder, 0o755);
  try {
    return await work(folder);
  } finally {
    if (!keep) await rm(folder, { recursive: true, force: true });
  }
}
