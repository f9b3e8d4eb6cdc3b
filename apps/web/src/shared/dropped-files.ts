import { isPicture } from './pictures.js';

/** As much of a `DataTransferItem` as is read. */
export type Dropped = Pick<DataTransferItem, 'webkitGetAsEntry' | 'getAsFile'>;

/**
 * The files that were dropped, and the pictures in folders that were, however deep.
 *
 * A folder with a part that cannot be read comes as a file too, which cannot be read either: so whoever takes the files
 * tells of it.
 *
 * @param items to be read while the event is handled: afterwards the browser has forgotten them
 */
export async function droppedFiles(items: Iterable<Dropped>): Promise<File[]> {
  const dropped = [...items].map((item) => ({ entry: item.webkitGetAsEntry(), file: item.getAsFile() }));
  const files: File[] = [];
  for (const { entry, file } of dropped) {
    if (!isFolder(entry)) files.push(...(file ? [file] : []));
    else if (!(await addPictures(entry, files)) && file) files.push(file);
  }
  return files;
}

/** @returns whether all of the folder could be read */
async function addPictures(folder: FileSystemDirectoryEntry, files: File[]): Promise<boolean> {
  let whole = true;
  const broken = (): [] => {
    whole = false;
    return [];
  };
  for (const entry of await entriesOf(folder).catch(broken)) {
    if (entry.name.startsWith('.')) continue;
    if (isFolder(entry)) whole = (await addPictures(entry, files)) && whole;
    else if (isPicture(entry.name)) files.push(...(await fileOf(entry as FileSystemFileEntry).catch(broken)));
  }
  return whole;
}

const isFolder = (entry: FileSystemEntry | null): entry is FileSystemDirectoryEntry => entry?.isDirectory ?? false;

async function entriesOf(folder: FileSystemDirectoryEntry): Promise<FileSystemEntry[]> {
  const reader = folder.createReader();
  const all: FileSystemEntry[] = [];
  for (;;) {
    // Chromium hands over a hundred at a time.
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject));
    if (some.length === 0) return all;
    all.push(...some);
  }
}

const fileOf = (entry: FileSystemFileEntry): Promise<[File]> =>
  new Promise((resolve, reject) => entry.file((file) => resolve([file]), reject));
