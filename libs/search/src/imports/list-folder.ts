import { isUtf8 } from 'node:buffer';
import type { Dirent } from 'node:fs';
import { opendir, realpath, stat } from 'node:fs/promises';
import path from 'node:path';
import { fitsKey, KEY_LENGTH, type NewItem } from '#libs/catalogue';
import { DomainError, type ErrorCode } from '#libs/errors';

/** Files that file managers leave beside pictures. */
const LITTER = new Set(['thumbs.db', 'desktop.ini', 'ehthumbs.db']);
/** Where ext file systems put what a repair finds. Only root may read it, so that it says nothing of the photos beside it. */
const FOUND_BY_REPAIRS = 'lost+found';
/** What is told of a pipe, a socket or a device. */
export const NO_FILE = 'it is no regular file';

/** Whether no import of a folder looks at what has this name. */
export const isPassedOver = (name: string): boolean => name.startsWith('.') || LITTER.has(name.toLowerCase());

/**
 * Every regular file below a folder, sub-folders included, except hidden ones. Links to files are followed, links to
 * folders are not (they may lead round in a circle). What has too long a path to be kept is told of as one unreadable item
 * under the path of its folder, what has a name that is not UTF-8 as one under that name with its bytes escaped. A
 * `lost+found` is listed where it may be read, as a repair may have put photos there; where not, it is no failure.
 *
 * @param root fits a key
 * @param except real paths of folders that are passed over, with all below them
 * @throws DomainError `import_source_unreadable` when the folder itself cannot be read or lies in one of `except`
 */
export async function* listFolder(root: string, except: ReadonlySet<string> = new Set()): AsyncGenerator<NewItem> {
  const unusable = (error: Error) =>
    new DomainError('import_source_unreadable', `${root} cannot be read: ${error.message}`, { cause: error });
  const real = await realpath(root).catch((error: Error) => {
    throw unusable(error);
  });
  for (let outer = real, inner = ''; outer !== inner; inner = outer, outer = path.dirname(outer)) {
    if (except.has(outer)) throw unusable(new Error(`it lies in ${outer}, where the service keeps its own files`));
  }
  const folders = [root];
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    let tooLong = false;
    try {
      for await (const entry of entriesOf(folder)) {
        const name = nameOf(entry);
        const full = path.join(folder, name);
        if (isPassedOver(name)) continue;
        if (!fitsKey(full)) {
          // Once: an item is known by its path. As a folder that could not be read, it keeps what is known from below it.
          const problem = new Error(`${name}: expected a path of ${KEY_LENGTH}`);
          if (!tooLong) yield unreadable(folder, problem, 'import_folder_unreadable');
          tooLong = true;
        } else if (!isUtf8(entry.name)) {
          // It has another path once it is renamed: as for a folder that could not be read, a retry lists anew.
          yield unreadable(full, new Error(`its name is not UTF-8 (${name}): rename it`), 'import_folder_unreadable');
        } else if (entry.isDirectory()) {
          // No link leads here from the root on, so that the real path goes on as this one does.
          if (!except.has(path.join(real, path.relative(root, full)))) folders.push(full);
        } else if (entry.isFile() || entry.isSymbolicLink()) {
          const item = await fileItem(full);
          if (item) yield item;
        }
      }
    } catch (error) {
      if (folder === root) throw unusable(error as Error);
      if (!isKeptForRoot(folder, error)) yield unreadable(folder, error as Error, 'import_folder_unreadable');
    }
  }
}

const isKeptForRoot = (folder: string, error: unknown): boolean =>
  path.basename(folder) === FOUND_BY_REPAIRS && (error as NodeJS.ErrnoException).code === 'EACCES';

/** What lies in a folder, by the bytes of its names: as text, those that are not UTF-8 would name files that are not there. */
async function* entriesOf(folder: string): AsyncGenerator<Dirent<Buffer>> {
  // Its types do not know that `opendir` takes `buffer`, as `readdir` does.
  const options = { encoding: 'buffer' as BufferEncoding };
  yield* (await opendir(folder, options)) as AsyncIterable<unknown> as AsyncIterable<Dirent<Buffer>>;
}

/** The name as text; of one that is not UTF-8 with its bytes escaped, so that each has a text of its own. */
function nameOf({ name }: Dirent<Buffer>): string {
  if (isUtf8(name)) return name.toString();
  return name.toString('latin1').replace(/[\\\x80-\xff]/g, (byte) => `\\x${byte.charCodeAt(0).toString(16)}`);
}

/** An item with the file's size and time; null for a link to a folder. */
export async function fileItem(file: string): Promise<NewItem | null> {
  try {
    const found = await stat(file);
    if (found.isDirectory()) return null;
    // Whoever opened a pipe would wait for a writer without end; a device may have no end.
    if (!found.isFile()) return unreadable(file, new Error(NO_FILE));
    return { path: file, size: found.size, modifiedMs: Math.round(found.mtimeMs) };
  } catch (error) {
    return unreadable(file, error as Error);
  }
}

/** An item that says why a file or folder cannot be read. */
export function unreadable(file: string, error: Error, code: ErrorCode = 'import_file_unreadable'): NewItem {
  return { path: file, size: null, modifiedMs: null, error: { code, detail: error.message } };
}
