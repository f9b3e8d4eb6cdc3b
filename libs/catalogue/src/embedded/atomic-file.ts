import { randomBytes } from 'node:crypto';
import { link, open, rename, rm, writeFile } from 'node:fs/promises';

/** Writes a whole file so that a reader, or a restart after a power cut, sees the old text or the new, never a part. */
export async function writeFileAtomically(file: string, text: string, mode: number): Promise<void> {
  const aside = await writeAside(file, text, mode);
  try {
    await rename(aside, file);
  } catch (error) {
    await rm(aside, { force: true });
    throw error;
  }
}

/**
 * The same for a file that is to be made once: of several at once exactly one makes it.
 *
 * @returns false where the file is there already; it stays as it is
 */
export async function createFileAtomically(file: string, text: string, mode: number): Promise<boolean> {
  const aside = await writeAside(file, text, mode);
  try {
    await link(aside, file).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'EEXIST') throw error;
      // Some file systems have no hard links; there a reader may see the file before its text.
      return writeFile(file, text, { flag: 'wx', mode });
    });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    await rm(aside, { force: true });
  }
}

/** @returns a new file beside `file` that holds the text, on the disk for certain */
async function writeAside(file: string, text: string, mode: number): Promise<string> {
  const aside = `${file}.${randomBytes(6).toString('hex')}`;
  try {
    const handle = await open(aside, 'wx', mode);
    try {
      await handle.writeFile(text);
      await handle.sync();
    } finally {
      await handle.close();
    }
    return aside;
  } catch (error) {
    await rm(aside, { force: true });
    throw error;
  }
}
