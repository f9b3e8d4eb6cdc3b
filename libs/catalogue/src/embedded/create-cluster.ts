import { chown, mkdir, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { DomainError } from '#libs/errors';
import { giveTo, type ClusterLocation } from './cluster-location.js';
import { readText } from './data-folder.js';
import { runAs } from './run-as.js';

/** The role that owns the embedded database. */
export const DATABASE_ROLE = 'likeness';

/**
 * Makes the cluster where there is none. It is made aside and renamed, so that one that exists is whole even after a
 * kill in the middle.
 *
 * @returns whether it was made now
 * @throws DomainError `database_failed_to_start`, `data_folder_unusable` when the disk is full
 */
export async function createClusterIfMissing(location: ClusterLocation): Promise<boolean> {
  const { cluster, home, user, binaries, password } = location;
  if ((await readText(path.join(cluster, 'PG_VERSION'))) !== undefined) {
    await giveToIfForeign(location);
    return false;
  }
  const aside = `${cluster}.new`;
  const passwordFile = path.join(home, 'initdb-password');
  await rm(aside, { recursive: true, force: true });
  try {
    await writeFile(passwordFile, password, { mode: 0o600 });
    await mkdir(aside, { mode: 0o700 });
    if (user) for (const given of [passwordFile, aside]) await chown(given, user.uid, user.gid);
    // The built-in provider needs no locale of the machine, sorts alike everywhere, and LANG plays no part.
    await runAs(user, binaries.initdb, [
      ...['-D', aside, `--username=${DATABASE_ROLE}`, `--pwfile=${passwordFile}`, '--auth=scram-sha-256'],
      ...['--encoding=UTF8', '--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8'],
      '--no-instructions',
    ]);
    await rename(aside, cluster);
    return true;
  } catch (error) {
    await rm(aside, { recursive: true, force: true }).catch(() => undefined);
    const detail = (error as { stderr?: string }).stderr?.trim() || (error as Error).message;
    const full = /No space left|ENOSPC|quota/i.test(detail);
    const code = full ? 'data_folder_unusable' : 'database_failed_to_start';
    throw new DomainError(
      code,
      full
        ? `The disk is full: the database could not be made in ${home}.\n${detail}`
        : `initdb failed in ${home}:\n${detail}`,
      { cause: error },
    );
  } finally {
    await rm(passwordFile, { force: true });
  }
}

/** A cluster brought from another machine may be owned by a user that this one does not have. */
async function giveToIfForeign({ cluster, user }: ClusterLocation): Promise<void> {
  if (!user) return;
  const owner = (await runAs(undefined, 'stat', ['-c', '%u', cluster]).catch(() => '')).trim();
  if (owner !== '' && Number(owner) !== user.uid) await giveTo(cluster, user);
}
