import { execFile } from 'node:child_process';
import { appendFile, readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { DomainError } from '#libs/errors';
import type { SystemUser } from './run-as.js';

const run = promisify(execFile);

/** The user made for the embedded database where a machine has none that suits. */
const OWN_USER = 'likeness-pg';
/** `_postgres` is macOS's; an existing user is preferred over making one. */
const EXISTING = [OWN_USER, 'postgres', '_postgres'];

const CREATORS: readonly (readonly [string, readonly string[]])[] = [
  ['useradd', ['--system', '--user-group', '--no-create-home', '--shell', '/usr/sbin/nologin', OWN_USER]],
  ['useradd', ['--system', '--no-create-home', OWN_USER]],
  ['adduser', ['-S', '-D', '-H', OWN_USER]],
];

/** PostgreSQL refuses to run as root; so does this service's database, as another user. */
export function runsAsRoot(): boolean {
  return process.getuid?.() === 0;
}

/**
 * A user to run PostgreSQL as, for a service that runs as root: one that exists, else one made now, else `nobody`.
 *
 * @throws DomainError `database_failed_to_start` when the machine has no such user and lets none be made
 */
export async function findOrCreateSystemUser(): Promise<SystemUser> {
  for (const name of EXISTING) {
    const user = await findSystemUser(name);
    if (user) return user;
  }
  for (const [program, args] of CREATORS) {
    await run(program, [...args]).catch(() => undefined);
    const user = await findSystemUser(OWN_USER);
    if (user) return user;
  }
  const user = (await writeSystemUser()) ?? (await findSystemUser('nobody'));
  if (user) return user;
  throw new DomainError(
    'database_failed_to_start',
    `PostgreSQL does not run as root, and no other user could be found or made; create one: useradd --system ${OWN_USER}`,
  );
}

/** Looks a user up by name or number; root never counts. */
export async function findSystemUser(nameOrId: string | number): Promise<SystemUser | undefined> {
  const key = String(nameOrId);
  try {
    const [name, uid, gid] = await Promise.all(
      ['-un', '-u', '-g'].map(async (flag) => (await run('id', [flag, key])).stdout.trim()),
    );
    const user = { name: name ?? key, uid: Number(uid), gid: Number(gid) };
    return user.uid > 0 && Number.isSafeInteger(user.gid) ? user : undefined;
  } catch {
    return (await readPasswd()).find((user) => user.name === key || String(user.uid) === key);
  }
}

async function readPasswd(): Promise<SystemUser[]> {
  const lines = (await readFile('/etc/passwd', 'utf8').catch(() => '')).split('\n');
  return lines.flatMap((line) => {
    const [name, , uid, gid] = line.split(':');
    return name && Number(uid) > 0 ? [{ name, uid: Number(uid), gid: Number(gid) }] : [];
  });
}

/** For images that ship neither useradd nor adduser: the line they would have written. */
async function writeSystemUser(): Promise<SystemUser | undefined> {
  if (process.platform !== 'linux') return undefined;
  const taken = new Set((await readPasswd()).map((user) => user.uid));
  let uid = 999;
  while (uid > 100 && taken.has(uid)) uid -= 1;
  const entry = `${OWN_USER}:x:${uid}:${uid}:Likeness database:/nonexistent:/usr/sbin/nologin\n`;
  try {
    await appendFile('/etc/group', `${OWN_USER}:x:${uid}:\n`);
    await appendFile('/etc/passwd', entry);
  } catch {
    return undefined;
  }
  return findSystemUser(OWN_USER);
}
