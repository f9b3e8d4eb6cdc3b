import { randomBytes } from 'node:crypto';
import { mkdir, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { DomainError } from '#libs/errors';
import { createFileAtomically, writeFileAtomically } from './atomic-file.js';

/** What a data folder remembers of its embedded database, in `postgres.json` (mode 0600: it holds the password). */
export interface DatabaseRecord {
  readonly password: string;
  /** Folder of the cluster when it lies outside the data folder; absent when inside. */
  readonly outside?: string;
  /** Where the data folder was when this was written; tells a moved data folder from a copied one. */
  readonly dataDir: string;
}

const RECORD = 'postgres.json';
const ID = 'folder-id';

/**
 * Makes the data folder if need be and proves that it can be written to.
 *
 * @returns its real path
 * @throws DomainError `data_folder_unusable`
 */
export async function prepareDataFolder(dir: string): Promise<string> {
  const probe = path.join(dir, `.write-probe-${randomBytes(6).toString('hex')}`);
  try {
    await mkdir(dir, { recursive: true });
    // More than nothing: on a full disk empty files can still be made.
    await writeFile(probe, Buffer.alloc(8192), { flag: 'wx' });
    await rm(probe);
    return await realpath(dir);
  } catch (error) {
    await rm(probe, { force: true }).catch(() => undefined);
    throw unusable(dir, error);
  }
}

/** A failed write in the data folder as the error a person should see. */
export function unusable(dir: string, error: unknown): DomainError {
  if (error instanceof DomainError) return error;
  const { code, message } = error as NodeJS.ErrnoException;
  const reasons: Record<string, string> = {
    EACCES: 'this user may not write there',
    EPERM: 'this user may not write there',
    EROFS: 'it is on a read-only file system',
    ENOSPC: 'the disk is full',
    EDQUOT: 'the disk quota is used up',
    EEXIST: 'it is a file, not a folder',
    ENOTDIR: 'a part of its path is a file, not a folder',
  };
  return new DomainError(
    'data_folder_unusable',
    `The data folder ${dir} cannot be used: ${reasons[code ?? ''] ?? message}.`,
    { cause: error },
  );
}

/**
 * The random id of a data folder, made on first use: one, however many ask at once. It goes with the folder when it is
 * moved and is new when the folder was deleted and made again.
 */
export async function folderId(dataDir: string): Promise<string> {
  const file = path.join(dataDir, ID);
  const existing = await readId(file);
  if (existing !== undefined) return existing;
  const id = randomBytes(12).toString('hex');
  const text = `${id}\n`;
  if (await createFileAtomically(file, text, 0o644)) return id;
  const made = await readId(file);
  if (made !== undefined) return made;
  await writeFileAtomically(file, text, 0o644);
  return id;
}

/** Undefined when there is none, or something else in its place. */
async function readId(file: string): Promise<string | undefined> {
  const text = await readText(file);
  return text !== undefined && /^[0-9a-f]{16,}$/.test(text) ? text : undefined;
}

/** Undefined when the folder has no embedded database yet (or its record was lost). */
export async function readDatabaseRecord(dataDir: string): Promise<DatabaseRecord | undefined> {
  const text = await readText(path.join(dataDir, RECORD));
  if (text === undefined) return undefined;
  try {
    const record = JSON.parse(text) as Partial<DatabaseRecord>;
    if (typeof record.password === 'string' && typeof record.dataDir === 'string')
      return { ...record, password: record.password, dataDir: record.dataDir };
  } catch {
    // Falls through: a record that cannot be read is a lost one.
  }
  return undefined;
}

export async function writeDatabaseRecord(dataDir: string, record: DatabaseRecord): Promise<void> {
  await writeFileAtomically(path.join(dataDir, RECORD), `${JSON.stringify(record, null, 2)}\n`, 0o600);
}

/** The trimmed text of a small file; undefined when there is none. Any other failure is thrown. */
export async function readText(file: string): Promise<string | undefined> {
  try {
    return (await readFile(file, 'utf8')).trim();
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw error;
  }
}
