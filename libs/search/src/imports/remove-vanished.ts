import { stat } from 'node:fs/promises';
import type { Imports } from '#libs/catalogue';

/** Files looked for at a time. */
const BATCH = 500;

/**
 * Takes their source from images whose file below the import's folder is gone. That the listing did not find it says too
 * little: it passes over hidden files, litter and what lies behind links to folders.
 *
 * @param signal ends it between two batches; whoever goes on may begin it again
 */
export async function removeVanished(imports: Imports, importId: number, signal: AbortSignal): Promise<void> {
  for (let after: string | undefined = ''; after !== undefined && !signal.aborted;) {
    const unlisted: string[] = await imports.unlisted(importId, after, BATCH);
    const gone = await Promise.all(unlisted.map(isGone));
    const vanished = unlisted.filter((_, at) => gone[at]);
    if (vanished.length > 0 && !(await imports.removeVanished(importId, vanished))) return;
    after = unlisted.at(-1);
  }
}

/** Whether there is no such file; one that cannot be looked at, for whatever reason, may be there. */
async function isGone(file: string): Promise<boolean> {
  try {
    await stat(file);
    return false;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return code === 'ENOENT' || code === 'ENOTDIR';
  }
}
