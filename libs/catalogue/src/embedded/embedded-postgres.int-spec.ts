import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmod, chown, cp, mkdir, mkdtemp, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { workerUrl } from '#libs/threads';
import { withConnection } from './database-admin.js';
import { EmbeddedPostgres, type PostmasterDeath } from './embedded-postgres.js';
import { FolderOwnership } from './folder-ownership.js';
import { readPostmasterFile } from './postmaster-file.js';
import { identifyProcess } from './process-identity.js';
import { canEnter } from './run-as.js';
import { findSystemUser, runsAsRoot } from './system-user.js';
import { readServiceFile } from './service-file.js';

const started: EmbeddedPostgres[] = [];
const children: ChildProcess[] = [];
let top: string;
let dataDir: string;

let template: string;

/** initdb takes its second: tests that are not about it begin with a copy of one data folder. */
beforeAll(async () => {
  template = await mkdtemp(path.join(tmpdir(), 'likeness-template-'));
  await chmod(template, 0o755);
  const postgres = new EmbeddedPostgres({ dataDir: template });
  await postgres.start();
  await postgres.stop();
});

afterAll(() => rm(template, { recursive: true, force: true }));

/** Makes the data folder of this test one that has a database already. */
function usedDataFolder(): Promise<void> {
  return cp(template, dataDir, { recursive: true, preserveTimestamps: true });
}

beforeEach(async () => {
  top = await mkdtemp(path.join(tmpdir(), 'likeness-embedded-'));
  await chmod(top, 0o755);
  dataDir = path.join(top, 'data');
});

afterEach(async () => {
  for (const child of children.splice(0))
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
  for (const postgres of started.splice(0)) await postgres.stop();
  await rm(top, { recursive: true, force: true });
});

function embedded(dir = dataDir, onLog?: (line: string) => void): EmbeddedPostgres {
  // No test cuts the power, and on a busy disk the syncs take most of the time.
  const postgres = new EmbeddedPostgres({ dataDir: dir, settings: { fsync: 'off' }, ...(onLog && { onLog }) });
  started.push(postgres);
  return postgres;
}

async function select(url: string, sql: string): Promise<Record<string, unknown>[]> {
  return withConnection(url, async (client) => (await client.query<Record<string, unknown>>(sql)).rows);
}

/** Tells a condition that comes true by itself; the test's own time limit ends a vain wait. */
async function until(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds().catch(() => false))) await new Promise((resolve) => setTimeout(resolve, 30));
}

interface Answer {
  readonly url?: string;
  readonly adopted?: boolean;
  readonly code?: string;
  readonly message?: string;
}

/** Another process that starts the database, takes ownership, says how that went and then waits to be ended. */
async function service(
  dir: string,
  user?: { uid: number; gid: number },
): Promise<{ child: ChildProcess; answer: Answer }> {
  const [embeddedUrl, ownershipUrl] = ['./embedded-postgres.js', './folder-ownership.js'].map(
    (script) => workerUrl(import.meta.url, script).href,
  );
  const script = `
    const { EmbeddedPostgres } = await import(${JSON.stringify(embeddedUrl)});
    const { FolderOwnership } = await import(${JSON.stringify(ownershipUrl)});
    const dataDir = ${JSON.stringify(dir)};
    const postgres = new EmbeddedPostgres({ dataDir });
    let ownership;
    const say = (answer) => console.log(JSON.stringify(answer));
    try {
      const started = await postgres.start();
      ownership = new FolderOwnership({ dataDir, url: started.url });
      await ownership.acquire();
      say(started);
      setInterval(() => undefined, 1000);
    } catch (error) {
      await postgres.stop();
      say({ code: error.code, message: error.message });
    }
    process.on('SIGTERM', async () => { await ownership?.release(); await postgres.stop(); process.exit(0); });`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    cwd: '/',
    stdio: ['ignore', 'pipe', 'inherit'],
    ...user,
  });
  children.push(child);
  const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
  return { child, answer: JSON.parse(line) as Answer };
}

async function kill(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  const gone = once(child, 'exit');
  child.kill(signal);
  await gone;
}

describe('EmbeddedPostgres', () => {
  it('makes a UTF-8 database whatever LANG is, reachable on loopback with its password only, and ends it', async () => {
    const postgres = new EmbeddedPostgres({ dataDir });
    started.push(postgres);
    const { url, adopted } = await postgres.start();
    expect(adopted).toBe(false);
    const [settings] = await select(
      url,
      `SELECT current_database() AS name, pg_encoding_to_char(encoding) AS encoding, datlocale AS locale, upper('ß ä') AS upper,
              current_setting('listen_addresses') AS listen, current_setting('fsync') AS fsync
         FROM pg_database WHERE datname = current_database()`,
    );
    expect(settings).toEqual({
      name: 'likeness',
      encoding: 'UTF8',
      locale: 'C.UTF-8',
      upper: 'ß Ä',
      listen: '127.0.0.1',
      fsync: 'on',
    });
    await expect(select(url.replace(/:[0-9a-f]+@/, ':wrong@'), 'SELECT 1')).rejects.toMatchObject({ code: '28P01' });
    const pid = postgres.describe()?.pid ?? 0;
    expect(await identifyProcess(pid)).toBeDefined();
    await postgres.stop();
    expect(await identifyProcess(pid)).toBeUndefined();
    expect(postgres.describe()).toBeUndefined();
  });

  it('keeps its data over a restart, over a lost password and in a moved data folder', async () => {
    const first = embedded();
    await select((await first.start()).url, 'CREATE TABLE kept AS SELECT 42 AS answer');
    await first.stop();

    await mkdir(path.join(dataDir, 'blobs'));
    await rm(path.join(dataDir, 'postgres.json'));
    const second = embedded();
    expect(await select((await second.start()).url, 'SELECT answer FROM kept')).toEqual([{ answer: 42 }]);
    await second.stop();

    const moved = path.join(top, 'moved');
    await cp(dataDir, moved, { recursive: true, preserveTimestamps: true });
    await rm(dataDir, { recursive: true });
    const third = embedded(moved);
    expect(await select((await third.start()).url, 'SELECT answer FROM kept')).toEqual([{ answer: 42 }]);
  });

  it('clears away a pid file whose pid now belongs to something else', async () => {
    await usedDataFolder();
    const postgres = embedded();
    await postgres.start();
    const cluster = postgres.describe()?.cluster ?? '';
    await postgres.stop();
    await writeFile(
      path.join(cluster, 'postmaster.pid'),
      `${process.pid}\n${cluster}\n1\n5432\n\n127.0.0.1\n\nready   \n`,
    );
    const again = await embedded().start();
    expect(again.adopted).toBe(false);
    expect(await select(again.url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });

  it('restarts a server that was killed, at the same address, and the owner keeps the folder', async () => {
    await usedDataFolder();
    const postgres = embedded();
    const { url } = await postgres.start();
    await select(url, 'CREATE TABLE kept AS SELECT 42 AS answer');
    const ownership = new FolderOwnership({ dataDir, url });
    await ownership.acquire();
    const death = new Promise<PostmasterDeath>((resolve) => postgres.onDeath(resolve));
    process.kill(postgres.describe()?.pid ?? 0, 'SIGKILL');
    expect(await death).toEqual({ recovered: true });
    expect(await select(url, 'SELECT answer FROM kept')).toEqual([{ answer: 42 }]);
    await until(
      async () => (await select(url, `SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND granted`)).length === 1,
    );
    await ownership.release();
    expect(await select(url, `SELECT 1 FROM pg_locks WHERE locktype = 'advisory'`)).toEqual([]);
  });

  describe('whose server died and cannot be started', () => {
    /** Kills the server, keeps it from starting, and resolves when the quick tries are over. */
    async function broken(pauses: { short: number; long: number }) {
      await usedDataFolder();
      const postgres = new EmbeddedPostgres({ dataDir, settings: { fsync: 'off' }, pauses });
      started.push(postgres);
      const { url } = await postgres.start();
      const needed = path.join(postgres.describe()?.cluster ?? '', 'global', 'pg_control');
      await rename(needed, `${needed}.away`);
      const death = new Promise<PostmasterDeath>((resolve) => postgres.onDeath(resolve));
      process.kill(postgres.describe()?.pid ?? 0, 'SIGKILL');
      expect(await death).toMatchObject({ recovered: false, error: { code: 'database_failed_to_start' } });
      return { postgres, url, mend: () => rename(`${needed}.away`, needed) };
    }

    it('has it running again once somebody has mended what kept it from that', async () => {
      const { postgres, url, mend } = await broken({ short: 1, long: 20 });
      const running = new Promise<PostmasterDeath>((resolve) => postgres.onDeath(resolve));
      await mend();
      expect(await running).toEqual({ recovered: true });
      expect(await select(url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
    });

    it('stops at once while it waits for the next try', async () => {
      const { postgres } = await broken({ short: 1, long: 600_000 });
      await postgres.stop();
      expect(postgres.describe()).toBeUndefined();
    });
  });

  it.runIf(process.platform === 'linux')('ends the server also where no lock file can be written', async () => {
    await usedDataFolder();
    const { child } = await service(dataDir);
    const pid = (await readPostmasterFile(path.join(dataDir, 'postgres', 'cluster')))?.pid ?? 0;
    expect(await identifyProcess(pid)).toBeDefined();
    // As on a full disk, files can be made and hold nothing; the server was started before and goes on writing.
    await promisify(execFile)('prlimit', ['--pid', String(child.pid), '--fsize=0']);
    await kill(child, 'SIGTERM');
    expect(await identifyProcess(pid)).toBeUndefined();
    await expect(stat(path.join(dataDir, 'postgres.lock'))).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('adopts the server of a service that was killed', async () => {
    await usedDataFolder();
    const { child, answer } = await service(dataDir);
    const url = answer.url ?? '';
    await select(url, 'CREATE TABLE kept AS SELECT 42 AS answer');
    await kill(child, 'SIGKILL');
    expect(await readServiceFile(dataDir)).toBeUndefined();

    const next = embedded();
    expect(await next.start()).toEqual({ url, adopted: true });
    const ownership = new FolderOwnership({ dataDir, url });
    await ownership.acquire();
    expect((await readServiceFile(dataDir))?.pid).toBe(process.pid);
    expect(await select(url, 'SELECT answer FROM kept')).toEqual([{ answer: 42 }]);
    const pid = next.describe()?.pid ?? 0;
    await ownership.release();
    await next.stop();
    expect(await identifyProcess(pid)).toBeUndefined();
  });

  it('starts anew after service and server were both killed', async () => {
    await usedDataFolder();
    const { child, answer } = await service(dataDir);
    await select(answer.url ?? '', 'CREATE TABLE kept AS SELECT 42 AS answer');
    const file = await readPostmasterFile(path.join(dataDir, 'postgres', 'cluster'));
    await kill(child, 'SIGKILL');
    process.kill(file?.pid ?? 0, 'SIGKILL');
    const again = await embedded().start();
    expect(again.adopted).toBe(false);
    expect(await select(again.url, 'SELECT answer FROM kept')).toEqual([{ answer: 42 }]);
  });

  it('gives a folder that two processes start at once to exactly one, and leaves its server running', async () => {
    const both = await Promise.all([service(dataDir), service(dataDir)]);
    const winner = both.find(({ answer }) => answer.url !== undefined);
    const loser = both.find(({ answer }) => answer.code !== undefined);
    expect(loser?.answer.code).toBe('data_folder_in_use');
    expect(loser?.answer.message).toContain(`Process ${winner?.child.pid ?? 0} `);
    const url = winner?.answer.url ?? '';
    const pid = (await readPostmasterFile(path.join(dataDir, 'postgres', 'cluster')))?.pid ?? 0;
    expect((await service(dataDir)).answer.code).toBe('data_folder_in_use');
    expect(await select(url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
    if (winner) await kill(winner.child, 'SIGTERM');
    expect(await identifyProcess(pid)).toBeUndefined();
  });

  it('works in a folder that only its owner can enter, and never takes up the database of a deleted one', async () => {
    await chmod(top, 0o700);
    const lines: string[] = [];
    const first = embedded(dataDir, (line) => lines.push(line));
    await select((await first.start()).url, 'CREATE TABLE kept AS SELECT 42 AS answer');
    const cluster = first.describe()?.cluster ?? '';
    expect(cluster.startsWith(dataDir)).toBe(!runsAsRoot());
    if (runsAsRoot()) expect(lines.join('\n')).toContain(path.dirname(cluster));
    await first.stop();

    const second = embedded();
    expect(await select((await second.start()).url, 'SELECT answer FROM kept')).toEqual([{ answer: 42 }]);
    await second.stop();

    await rm(dataDir, { recursive: true });
    const third = embedded();
    await expect(select((await third.start()).url, 'SELECT answer FROM kept')).rejects.toMatchObject({ code: '42P01' });
    const made = third.describe()?.cluster ?? '';
    await third.stop();
    for (const left of [cluster, made])
      if (!left.startsWith(top)) await rm(path.dirname(left), { recursive: true, force: true });
  });

  it.each([
    ['in a folder that its user can enter', 0o755],
    ['in one that only its owner can enter', 0o700],
  ])('refuses a data folder of images whose database is gone, %s', async (_where, mode) => {
    await chmod(top, mode);
    await usedDataFolder();
    const postgres = embedded();
    await postgres.start();
    const cluster = postgres.describe()?.cluster ?? '';
    await postgres.stop();
    await mkdir(path.join(dataDir, 'blobs'));
    await rm(path.dirname(cluster), { recursive: true });
    await expect(embedded().start()).rejects.toMatchObject({
      code: 'data_folder_unusable',
      message: expect.stringContaining(cluster) as string,
    });
    await expect(stat(cluster)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it.each(['blobs', 'index'])(
    'refuses a data folder with %s that never had a database, as one of a service with DATABASE_URL',
    async (sign) => {
      await mkdir(path.join(dataDir, sign), { recursive: true });
      await writeFile(path.join(dataDir, 'folder-id'), '0123456789abcdef\n');
      await expect(embedded().start()).rejects.toMatchObject({
        code: 'data_folder_unusable',
        message: expect.stringContaining('DATABASE_URL') as string,
      });
      await expect(stat(path.join(dataDir, 'postgres.json'))).rejects.toMatchObject({ code: 'ENOENT' });
    },
  );

  it('makes the database where a first start has left no more than a record of it', async () => {
    await usedDataFolder();
    await rm(path.join(dataDir, 'postgres'), { recursive: true });
    expect(await select((await embedded().start()).url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });

  it('says what is wrong with a data folder that cannot be used', async () => {
    await writeFile(path.join(top, 'file'), '');
    const inFile = path.join(top, 'file', 'data');
    await expect(embedded(inFile).start()).rejects.toMatchObject({
      code: 'data_folder_unusable',
      message: expect.stringContaining(inFile) as string,
    });
  });

  it('shows the end of the log when the server refuses to start', async () => {
    await usedDataFolder();
    const postgres = new EmbeddedPostgres({ dataDir, settings: { shared_buffers: 'plenty' } });
    started.push(postgres);
    await expect(postgres.start()).rejects.toMatchObject({
      code: 'database_failed_to_start',
      message: expect.stringContaining('invalid value for parameter "shared_buffers"') as string,
    });
  });

  it.runIf(runsAsRoot())('works for an ordinary user, who may not write everywhere', async (context) => {
    const nobody = await findSystemUser('nobody');
    const compiled = new URL('.', workerUrl(import.meta.url, './embedded-postgres.js'));
    if (!nobody || !(await canEnter(nobody, compiled.pathname)))
      return context.skip('no ordinary user can enter the folder of the project');
    await mkdir(dataDir);
    expect((await service(dataDir, nobody)).answer).toMatchObject({
      code: 'data_folder_unusable',
      message: expect.stringContaining('this user may not write there') as string,
    });
    await chown(dataDir, nobody.uid, nobody.gid);
    const { child, answer } = await service(dataDir, nobody);
    expect(await select(answer.url ?? '', 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
    await kill(child, 'SIGTERM');
    // The same folder, now as root: the server keeps running as the user whose files they are.
    const postgres = embedded();
    await postgres.start();
    expect(postgres.describe()?.user).toBe('nobody');
    expect(await readFile(path.join(dataDir, 'postgres.json'), 'utf8')).toContain('password');
  });
});
