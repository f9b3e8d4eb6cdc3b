import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { DomainError } from '#libs/errors';

/** TypeORM's names end in the time that their file's name begins with. */
const TIME = /\d{13}/;

/**
 * Files of the migrations an archive has been through.
 *
 * @param folder of the compiled migrations
 * @throws DomainError `archive_newer` when one of them is not known here
 */
export async function migrationFilesOf(folder: string, names: readonly string[]): Promise<string[]> {
  const files = new Map<string, string>();
  for (const file of await readdir(folder)) {
    const time = TIME.exec(file)?.[0];
    if (time !== undefined && file.endsWith('.js')) files.set(time, path.join(folder, file));
  }
  return names.map((name) => {
    const file = files.get(TIME.exec(name)?.[0] ?? '');
    if (file !== undefined) return file;
    throw new DomainError(
      'archive_newer',
      `The archive's catalogue has been through ${name}, which is not known here.`,
    );
  });
}
