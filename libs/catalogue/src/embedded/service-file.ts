import { rm } from 'node:fs/promises';
import path from 'node:path';
import { DomainError } from '#libs/errors';
import { writeFileAtomically } from './atomic-file.js';
import { readText } from './data-folder.js';
import { identifySelf, isStillRunning, type ProcessIdentity } from './process-identity.js';

/** Who owns a data folder, for people and for the command line: `service.json` in the data folder. */
export interface ServiceFile extends ProcessIdentity {
  /** Address of the service once it listens. */
  readonly url?: string;
}

const NAME = 'service.json';

/** Writes this process as the owner. */
export async function writeServiceFile(dataDir: string, url?: string): Promise<void> {
  const text = JSON.stringify({ ...(await identifySelf()), ...(url !== undefined && { url }) });
  await writeFileAtomically(path.join(dataDir, NAME), `${text}\n`, 0o644);
}

/** Takes the file away if it speaks of this process. */
export async function removeServiceFile(dataDir: string): Promise<void> {
  if ((await readServiceFile(dataDir))?.pid === process.pid) await rm(path.join(dataDir, NAME), { force: true });
}

/** The owner of a data folder that runs now; undefined when there is none, or only a killed one's file. */
export async function readServiceFile(dataDir: string): Promise<ServiceFile | undefined> {
  try {
    const text = await readText(path.join(dataDir, NAME));
    const file = text === undefined ? undefined : (JSON.parse(text) as ServiceFile);
    return file && (await isStillRunning(file)) ? file : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Throws `data_folder_in_use` when another process owns the folder. For the moments in which its database does not
 * answer; otherwise the lock in the database decides (`FolderOwnership`).
 */
export async function refuseIfOwned(dataDir: string): Promise<void> {
  const owner = await readServiceFile(dataDir);
  if (owner && owner.pid !== process.pid) throw inUse(dataDir, owner);
}

/** The error for a data folder that has an owner, naming it as well as is known. */
export function inUse(dataDir: string, owner: Partial<ServiceFile> | undefined): DomainError {
  const who =
    owner?.pid === undefined
      ? 'Another process'
      : `Process ${owner.pid}${owner.url === undefined ? '' : ` (${owner.url})`}`;
  return new DomainError('data_folder_in_use', `${who} owns the data folder ${dataDir}.`);
}
