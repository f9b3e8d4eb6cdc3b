import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmod, chown, mkdir, mkdtemp, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { workerUrl } from '#libs/threads';
import { withConnection } from './database-admin.js';
import { EmbeddedPostgres } from './embedded-postgres.js';
import { pidScope } from './process-identity.js';
import { canEnter, type SystemUser } from './run-as.js';
import { ServerLock } from './server-lock.js';
import { findSystemUser, runsAsRoot } from './system-user.js';

/** What makes process ids of its own for a program, as a container does; it may be refused, as inside of a container. */
const APART = ['--pid', '--fork', '--mount-proc', '--kill-child'];
const canLock = process.platform === 'linux' && spawnSync('flock', ['--version']).status === 0;
const canLiveApart = canLock && spawnSync('unshare', [...APART, 'true']).status === 0;
const IN_USE = {
  code: 'data_folder_in_use',
  message: expect.stringContaining('If it cannot be seen here, it runs in another container') as string,
};

/** Each test starts servers again and again. */
const PATIENCE_MS = 180_000;

const started: EmbeddedPostgres[] = [];
const children: ChildProcess[] = [];
let top: string;
let dataDir: string;

beforeEach(async () => {
  top = await mkdtemp(path.join(tmpdir(), 'likeness-lock-'));
  await chmod(top, 0o755);
  dataDir = path.join(top, 'data');
});

afterEach(async () => {
  for (const child of children.splice(0)) if (child.exitCode === null && child.signalCode === null) await end(child);
  for (const postgres of started.splice(0)) await postgres.stop();
  await rm(top, { recursive: true, force: true });
});

function embedded(): EmbeddedPostgres {
  const postgres = new EmbeddedPostgres({ dataDir, settings: { fsync: 'off' } });
  started.push(postgres);
  return postgres;
}

/** A program, and what it says, line by line. */
function run(
  program: string,
  args: readonly string[],
  user?: SystemUser,
): { child: ChildProcess; line: () => Promise<string> } {
  const identity = user && { uid: user.uid, gid: user.gid };
  const child = spawn(program, args, { cwd: '/', stdio: ['pipe', 'pipe', 'inherit'], ...identity });
  children.push(child);
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return { child, line: async () => String((await lines.next()).value) };
}

/**
 * A service whose process ids are its own: it says the address of its database, and is killed by a line of input. What is
 * apart with it, its server too, lives on and says so.
 */
function serviceApart() {
  const [embeddedUrl, ownershipUrl] = ['./embedded-postgres.js', './folder-ownership.js'].map(
    (name) => workerUrl(import.meta.url, name).href,
  );
  const script = `
    const { EmbeddedPostgres } = await import(${JSON.stringify(embeddedUrl)});
    const { FolderOwnership } = await import(${JSON.stringify(ownershipUrl)});
    const dataDir = ${JSON.stringify(dataDir)};
    const { url } = await new EmbeddedPostgres({ dataDir, settings: { fsync: 'off' } }).start();
    await new FolderOwnership({ dataDir, url }).acquire();
    console.log(url);`;
  const first = '"$0" --input-type=module -e "$1" & read line; kill -9 $!; wait $!; echo killed; read line';
  return run('unshare', [...APART, 'sh', '-c', first, process.execPath, script]);
}

/** Ends a child, and whatever is apart with it, by the end of its input. */
async function end(child: ChildProcess): Promise<void> {
  const gone = once(child, 'exit');
  child.stdin?.end();
  await gone;
}

async function select(url: string, sql: string): Promise<Record<string, unknown>[]> {
  return withConnection(url, async (client) => (await client.query<Record<string, unknown>>(sql)).rows);
}

describe('a data folder in use where its processes cannot be seen', { timeout: PATIENCE_MS }, () => {
  it.runIf(canLock)('is refused as long as somebody has its lock, and left as it is', async () => {
    const first = embedded();
    await first.start();
    const cluster = first.describe()?.cluster ?? '';
    await first.stop();
    const pidFile = path.join(cluster, 'postmaster.pid');
    // A process id that no process has here.
    const theirs = `5000001\n${cluster}\n1\n5432\n\n127.0.0.1\n\nready   \n`;
    await writeFile(pidFile, theirs);
    const lock = path.join(dataDir, 'server.lock');
    const scope = path.join(dataDir, 'server.scope');
    await writeFile(scope, 'elsewhere\n');
    const { child, line } = run('flock', [lock, 'sh', '-c', 'echo locked; exec cat']);
    await line();
    await expect(embedded().start()).rejects.toMatchObject(IN_USE);
    expect(await readFile(pidFile, 'utf8')).toBe(theirs);
    // The holder may not have signed yet, after one that could be seen: no server is started all the same.
    await writeFile(scope, `${await pidScope()}\n`);
    await expect(embedded().start()).rejects.toMatchObject(IN_USE);
    expect(await readFile(pidFile, 'utf8')).toBe(theirs);
    await end(child);
    expect(await select((await embedded().start()).url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });

  it.runIf(canLiveApart)(
    'is refused while a service apart runs, or only its server, and free once both have ended',
    async () => {
      const { child, line } = serviceApart();
      const url = await line();
      await expect(embedded().start()).rejects.toMatchObject(IN_USE);
      await select(url, 'CREATE TABLE kept AS SELECT 42 AS answer');
      child.stdin?.write('\n');
      expect(await line()).toBe('killed');
      await expect(embedded().start()).rejects.toMatchObject(IN_USE);
      expect(await select(url, 'SELECT answer FROM kept')).toEqual([{ answer: 42 }]);
      await end(child);
      const next = await embedded().start();
      expect(next.adopted).toBe(false);
      expect(await select(next.url, 'SELECT answer FROM kept')).toEqual([{ answer: 42 }]);
    },
  );
});

describe('the lock of a data folder', () => {
  it.runIf(canLock && runsAsRoot())("is its own user's to take after a command of root", async (context) => {
    const nobody = await findSystemUser('nobody');
    const compiled = workerUrl(import.meta.url, './server-lock.js');
    if (!nobody || !(await canEnter(nobody, new URL('.', compiled).pathname)))
      return context.skip('no ordinary user can enter the folder of the project');
    await mkdir(dataDir);
    await chown(dataDir, nobody.uid, nobody.gid);
    const ofRoot = new ServerLock(dataDir, () => undefined);
    await ofRoot.take();
    await ofRoot.release();
    const file = path.join(dataDir, 'server.lock');
    expect(await stat(file)).toMatchObject({ uid: nobody.uid, gid: nobody.gid });
    // A link of that user's gives away nothing of root's.
    const secret = path.join(top, 'secret');
    await writeFile(secret, '');
    await rm(file);
    await symlink(secret, file);
    await ofRoot.take();
    await ofRoot.release();
    expect(await stat(secret)).toMatchObject({ uid: 0, gid: 0 });
    // It stays root's where the folder is, and others may write there by their group.
    await rm(file);
    await writeFile(file, '');
    await writeFile(path.join(dataDir, 'server.scope'), 'elsewhere\n');
    const script = `
      const { ServerLock } = await import(${JSON.stringify(compiled.href)});
      const lock = new ServerLock(${JSON.stringify(dataDir)}, console.log);
      await lock.take().then(() => console.log(lock.fd > 0), (error) => console.log(error.message));
      process.stdin.resume();`;
    const { line } = run(process.execPath, ['--input-type=module', '-e', script], nobody);
    expect(await line()).toBe('true');
    // Root sees its holder, as that has signed.
    await ofRoot.takeIfFree();
    expect(ofRoot.fd).toBe(undefined);
  });

  it.runIf(process.platform === 'linux')('is told of once where nothing can take it', async () => {
    await mkdir(dataDir);
    const lines: string[] = [];
    const lock = new ServerLock(dataDir, (line) => lines.push(line));
    vi.stubEnv('PATH', dataDir);
    try {
      await lock.takeIfFree();
      await lock.take();
    } finally {
      vi.unstubAllEnvs();
    }
    expect(lines).toEqual([expect.stringContaining('let no other container use it')]);
    expect(lock.fd).toBe(undefined);
  });
});
