import { lstat, opendir, stat } from 'node:fs/promises';
import path from 'node:path';
import type { ImportRecord, Imports } from '#libs/catalogue';
import { isPassedOver, unreadable } from './list-folder.js';

/** Files looked for at a time. */
const BATCH = 500;
/** What is told of a folder that proves nothing. */
const HOLDS_NOTHING = 'holds no files of its own: is its disk mounted? Images that came from it were kept';

/**
 * Takes their source from images whose file below the import's folder is gone. That the listing did not find it says too
 * little: it passes over hidden files, litter and what lies behind links to folders. That there is no such file says too
 * little as well: where a disk is not mounted there is an empty folder. So the nearest folder that is there has to hold
 * some file; one that does not becomes a failed item, and what came from below it is kept.
 *
 * @param signal ends it between two batches; whoever goes on may begin it again
 * @returns whether it came to its end
 */
export async function removeVanished(
  imports: Imports,
  { id, root }: ImportRecord,
  signal: AbortSignal,
): Promise<boolean> {
  // Told of at the end: what is known below a failed item is not looked at.
  const told = new Set<string>();
  for (let after: string | undefined = ''; after !== undefined && !signal.aborted;) {
    const unlisted: string[] = await imports.unlisted(id, after, BATCH);
    const missing = await thoseGone(unlisted);
    const empty = await emptyFolders(new Set(missing.map((file) => path.dirname(file))), path.resolve(root));
    for (const nearest of empty.values()) told.add(nearest);
    // Asked again: a disk that was mounted between the two questions has them all.
    const vanished = await thoseGone(missing.filter((file) => !empty.has(path.dirname(file))));
    if (vanished.length > 0 && !(await imports.removeVanished(id, vanished))) return false;
    after = unlisted.at(-1);
  }
  const items = [...told].map((folder) => unreadable(folder, new Error(HOLDS_NOTHING), 'import_folder_unreadable'));
  if (items.length > 0 && !(await imports.addItems(id, items, 'running'))) return false;
  return !signal.aborted;
}

async function thoseGone(files: readonly string[]): Promise<string[]> {
  const gone = await Promise.all(files.map(isGone));
  return files.filter((_, at) => gone[at]);
}

/** Whether there is no such file; a link that leads nowhere or what cannot be looked at, for whatever reason, is there. */
async function isGone(file: string): Promise<boolean> {
  try {
    await lstat(file);
    return false;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return code === 'ENOENT' || code === 'ENOTDIR';
  }
}

/** Those of the folders that prove nothing, each with the nearest one that is there, which holds no file. */
async function emptyFolders(folders: ReadonlySet<string>, root: string): Promise<Map<string, string>> {
  const holding = new Map<string, boolean>();
  const empty = new Map<string, string>();
  for (const folder of folders) {
    const nearest = await nearestThere(folder, root);
    const holds = holding.get(nearest) ?? (await holdsFile(nearest));
    holding.set(nearest, holds);
    if (!holds) empty.set(folder, nearest);
  }
  return empty;
}

/** The folder, or the nearest above it that is there; the import's own where it is gone itself. */
async function nearestThere(folder: string, root: string): Promise<string> {
  return folder === root || !(await isGone(folder)) ? folder : nearestThere(path.dirname(folder), root);
}

/**
 * Whether there is a file at or below a path. Another disk below it does not count, nor do hidden files and litter: they
 * lie in mount points, too.
 */
async function holdsFile(place: string, disk?: number): Promise<boolean> {
  try {
    const found = await stat(place);
    if (!found.isDirectory()) return true;
    if (disk !== undefined && found.dev !== disk) return false;
    for await (const entry of await opendir(place)) {
      if (isPassedOver(entry.name)) continue;
      if (!entry.isDirectory() || (await holdsFile(path.join(place, entry.name), found.dev))) return true;
    }
  } catch {
    // What cannot be looked at proves nothing.
  }
  return false;
}
