import { randomBytes } from 'node:crypto';
import { chmod, cp, lstat, mkdir, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { DomainError } from '#libs/errors';
import { writeFileAtomically } from './atomic-file.js';
import { folderId, readDatabaseRecord, readText, writeDatabaseRecord, type DatabaseRecord } from './data-folder.js';
import { usableBinaries, type PostgresBinaries } from './postgres-binaries.js';
import { canEnter, runAs, type SystemUser } from './run-as.js';
import { findOrCreateSystemUser, findSystemUser, runsAsRoot } from './system-user.js';

/** Where the embedded database of a data folder lies and who runs it. */
export interface ClusterLocation {
  /** Real path of the data folder. */
  readonly dataDir: string;
  /** Folder of cluster and log: `<data folder>/postgres`, or one outside that the database's user can enter. */
  readonly home: string;
  /** PostgreSQL's own data directory. */
  readonly cluster: string;
  readonly logFile: string;
  readonly binaries: PostgresBinaries;
  /** Absent: the user of this process. */
  readonly user?: SystemUser;
  readonly password: string;
  /** The cluster is there but the password it was made with was lost with `postgres.json`. */
  readonly passwordIsNew: boolean;
}

const INSIDE = 'postgres';
const CLUSTER = 'cluster';
const OWNER_ID = 'folder-id';
const OWNER_PATH = 'data-folder';

/** Folders for what cannot lie in the data folder, best first; only root's services need them. */
function outsideBases(): string[] {
  return ['/var/lib/likeness', '/var/tmp/likeness', path.join(tmpdir(), 'likeness')];
}

/**
 * Finds the cluster of a data folder, or settles where a new one is to lie; makes the folders, not the cluster. The
 * choice is remembered in the data folder, so that the same cluster is found at every start. A cluster outside counts
 * only while it carries the random id of this data folder: one left by a folder that was since deleted is never used.
 *
 * Call it under the start lock.
 * @throws DomainError `data_folder_unusable`, `database_failed_to_start`
 */
export async function locateCluster(dataDir: string, onLog: (line: string) => void): Promise<ClusterLocation> {
  const id = await folderId(dataDir);
  const record = await readDatabaseRecord(dataDir);
  const inside = path.join(dataDir, INSIDE);
  const outside = await trustedOutside(dataDir, id, record);
  const existing = outside ?? ((await exists(path.join(inside, CLUSTER))) ? inside : undefined);
  if (!(existing !== undefined && (await holdsCluster(existing))))
    await refuseIfUsed(dataDir, record && path.join(existing ?? record.outside ?? inside, CLUSTER));
  const user = await databaseUser(existing);
  const home =
    existing !== undefined && (await canEnter(user, existing))
      ? existing
      : await placeHome(inside, existing, id, user, onLog);
  const bases = user ? [home, ...outsideBases()] : [home];
  if (outsideBases().includes(path.dirname(home))) bases.shift();

  const password = record?.password ?? randomBytes(24).toString('hex');
  const next: DatabaseRecord = { password, dataDir, ...(home !== inside && { outside: home }) };
  if (JSON.stringify(record) !== JSON.stringify(next)) {
    await writeFileAtomically(path.join(home, OWNER_ID), `${id}\n`, 0o644);
    await writeFileAtomically(path.join(home, OWNER_PATH), `${dataDir}\n`, 0o644);
    await writeDatabaseRecord(dataDir, next);
  }
  const cluster = path.join(home, CLUSTER);
  const binaries = await usableBinaries(user, bases, onLog);
  await checkMajorVersion(cluster, binaries);
  const passwordIsNew = record === undefined && (await exists(cluster));
  return {
    dataDir,
    home,
    cluster,
    logFile: path.join(home, 'server.log'),
    binaries,
    ...(user && { user }),
    password,
    passwordIsNew,
  };
}

/** The remembered outside home when it is still there and belongs to this folder and no other. */
async function trustedOutside(
  dataDir: string,
  id: string,
  record: DatabaseRecord | undefined,
): Promise<string | undefined> {
  if (record?.outside === undefined || (await readText(path.join(record.outside, OWNER_ID))) !== id) return undefined;
  if (record.dataDir !== dataDir && (await readText(path.join(record.dataDir, OWNER_ID))) === id) {
    throw new DomainError(
      'data_folder_unusable',
      `${dataDir} is a copy of ${record.dataDir}, whose database lies outside it (${record.outside}) and cannot serve both; use likeness backup and restore to copy a data folder.`,
    );
  }
  return record.outside;
}

/** More than its folder: where a disk is not mounted there is an empty one. */
async function holdsCluster(home: string): Promise<boolean> {
  return (await readText(path.join(home, CLUSTER, 'PG_VERSION'))) !== undefined;
}

/**
 * Refuses a data folder in use whose cluster is gone, or whose catalogue lies in the PostgreSQL of DATABASE_URL: a new
 * cluster would be an empty catalogue beside all the originals. The record alone tells nothing, as a first start that
 * failed leaves one too.
 *
 * @param cluster where the record says it lies; undefined without a record
 */
async function refuseIfUsed(dataDir: string, cluster: string | undefined): Promise<void> {
  const used = await Promise.all(['blobs', 'index'].map((name) => exists(path.join(dataDir, name))));
  if (!used.includes(true)) return;
  throw new DomainError(
    'data_folder_unusable',
    cluster === undefined
      ? `The data folder ${dataDir} is in use, and no database of its own is known: set DATABASE_URL as its service has it. If its database was the embedded one, bring postgres.json back, or restore a backup into an empty folder.`
      : `The database of the data folder ${dataDir} is missing: ${cluster} is not there, or is not of this folder. Put it back, or restore a backup into an empty folder.`,
  );
}

/** As root: the owner of the existing cluster where that is a user, so that a data folder keeps its user. */
async function databaseUser(existingHome: string | undefined): Promise<SystemUser | undefined> {
  if (!runsAsRoot()) return undefined;
  const owner = existingHome && (await stat(path.join(existingHome, CLUSTER)).catch(() => undefined));
  const known = owner && owner.uid > 0 ? await findSystemUser(owner.uid) : undefined;
  return known ?? (await findOrCreateSystemUser());
}

/** Makes a home that the user can enter, inside if possible; an existing cluster is moved there. */
async function placeHome(
  inside: string,
  existing: string | undefined,
  id: string,
  user: SystemUser | undefined,
  onLog: (line: string) => void,
): Promise<string> {
  const candidates = [inside, ...(user ? outsideBases().map((base) => path.join(base, id)) : [])];
  const failures: string[] = [];
  for (const home of candidates) {
    try {
      if (home !== inside) await makeOutsideBase(path.dirname(home));
      await mkdir(home, { recursive: true, mode: 0o700 });
      // Root keeps the home to itself, so that the database's user cannot plant links for root to write through.
      await chmod(home, user ? 0o711 : 0o700);
      if (!(await canEnter(user, home))) throw new Error(`${user?.name ?? 'this user'} cannot enter it`);
    } catch (error) {
      failures.push(`${home}: ${(error as Error).message}`);
      await rm(home, { recursive: false, force: true }).catch(() => undefined);
      continue;
    }
    if (existing !== undefined && existing !== home) await moveCluster(existing, home, user);
    if (home !== inside)
      onLog(`the database's files lie in ${home}, because ${user?.name ?? ''} cannot enter ${path.dirname(inside)}`);
    return home;
  }
  throw new DomainError(
    'data_folder_unusable',
    `No folder was found for the database that its user can enter:\n${failures.join('\n')}`,
  );
}

/** Names in a shared temporary folder can be taken first by somebody else: only a folder of root's own will do. */
async function makeOutsideBase(base: string): Promise<void> {
  await mkdir(base, { recursive: true, mode: 0o755 });
  const found = await lstat(base);
  if (!found.isDirectory() || found.uid !== 0 || (found.mode & 0o022) !== 0)
    throw new Error(`${base} is not a folder of root's own`);
  // A umask of 077 must not keep the database's user out.
  await chmod(base, 0o755);
}

async function moveCluster(from: string, to: string, user: SystemUser | undefined): Promise<void> {
  const [source, target] = [path.join(from, CLUSTER), path.join(to, CLUSTER)];
  await rename(source, target).catch(async (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EXDEV') throw error;
    await rm(`${target}.moving`, { recursive: true, force: true });
    await cp(source, `${target}.moving`, { recursive: true, verbatimSymlinks: true, preserveTimestamps: true });
    await rename(`${target}.moving`, target);
    await rm(source, { recursive: true, force: true });
  });
  await giveTo(target, user);
}

/** Makes a whole cluster the user's own; PostgreSQL insists on owning its files. */
export async function giveTo(folder: string, user: SystemUser | undefined): Promise<void> {
  if (user) await runAs(undefined, 'chown', ['-R', `${user.uid}:${user.gid}`, folder]);
}

async function checkMajorVersion(cluster: string, binaries: PostgresBinaries): Promise<void> {
  const found = await readText(path.join(cluster, 'PG_VERSION'));
  const major = binaries.version.split('.')[0];
  if (found === undefined || found === major) return;
  throw new DomainError(
    'data_folder_unusable',
    `${cluster} was made by PostgreSQL ${found}; the installed programs are ${binaries.version}. Start the version of Likeness that made it, back up, and restore with this one.`,
  );
}

async function exists(file: string): Promise<boolean> {
  return lstat(file).then(
    () => true,
    () => false,
  );
}

/**
 * Deletes homes outside whose data folder lay in the temporary folder and is gone: what trials and tests leave behind.
 * Other homes are never deleted, however lost they look: their disk may merely not be mounted.
 */
export async function sweepAbandonedHomes(isInUse: (cluster: string) => Promise<boolean>): Promise<void> {
  if (!runsAsRoot()) return;
  for (const base of outsideBases()) {
    for (const name of await readdir(base).catch(() => [])) {
      const home = path.join(base, name);
      const dataDir = (await readFile(path.join(home, OWNER_PATH), 'utf8').catch(() => '')).trim();
      if (!dataDir.startsWith(`${tmpdir()}${path.sep}`) || (await exists(dataDir))) continue;
      if (!(await isInUse(path.join(home, CLUSTER)))) await rm(home, { recursive: true, force: true });
    }
  }
}
