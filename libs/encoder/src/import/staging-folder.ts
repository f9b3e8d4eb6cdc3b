import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import path from 'node:path';

const PREFIX = '.importing-';

/**
 * A folder beside the imported models, in which one is put together; on the same file system, so that moving it into place is
 * one step. Those of processes that were killed are removed when the next one is made.
 */
export class StagingFolder {
  private constructor(readonly path: string) {}

  static async create(models: string): Promise<StagingFolder> {
    await mkdir(models, { recursive: true });
    for (const name of await readdir(models)) {
      if (name.startsWith(PREFIX) && !isAlive(Number(name.slice(PREFIX.length).split('-')[0]))) {
        await rm(path.join(models, name), { recursive: true, force: true });
      }
    }
    return new StagingFolder(await mkdtemp(path.join(models, `${PREFIX}${process.pid}-`)));
  }

  async remove(): Promise<void> {
    await rm(this.path, { recursive: true, force: true });
  }
}

function isAlive(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // A process of somebody else may not be signalled, but it is there.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
