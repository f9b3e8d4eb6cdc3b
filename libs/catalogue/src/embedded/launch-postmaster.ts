import { spawn, type ChildProcess } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { DomainError } from '#libs/errors';
import type { ClusterLocation } from './cluster-location.js';
import { findServerProcesses, postmasterFilePath, readPostmasterFile, servesCluster } from './postmaster-file.js';
import { spawnIdentity } from './run-as.js';
import type { ServerLock } from './server-lock.js';
import type { ServerLog } from './server-log.js';

const POLL_MS = 15;
/** Recovery after a crash reads the whole write-ahead log since the last checkpoint. */
const READY_PATIENCE_MS = 300_000;
const ATTEMPTS = 6;

/** Settings of the server; given on the command line at every start, so that a new version's take effect. */
const SERVER_SETTINGS: Readonly<Record<string, string>> = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  max_connections: '60',
  shared_buffers: '128MB',
  fsync: 'on',
  synchronous_commit: 'on',
  // No replicas: the short form of the write-ahead log makes small commits cheaper.
  wal_level: 'minimal',
  max_wal_senders: '0',
  wal_compression: 'on',
  // Parallel queries need /dev/shm, of which containers have 64 MB by default and then fail.
  max_parallel_workers_per_gather: '0',
  jit: 'off',
  // The session of a killed service, and the locks it holds, end within a second even in the middle of a query.
  client_connection_check_interval: '1s',
  logging_collector: 'off',
  log_destination: 'stderr',
  log_line_prefix: '%m [%p] ',
  log_checkpoints: 'off',
  log_timezone: 'UTC',
  timezone: 'UTC',
};

export interface LaunchOptions {
  /** Take this port and no other: a restart must keep the address that connections already use. */
  readonly port?: number;
  /** Server settings laid over the usual ones. */
  readonly settings?: Readonly<Record<string, string>>;
}

/** A postmaster that was started here and is ready for connections. */
export interface LaunchedPostmaster {
  readonly pid: number;
  readonly port: number;
  readonly child: ChildProcess;
}

/**
 * Starts the server of a cluster and waits until it takes connections. The caller has made sure that none runs that can
 * be seen from here, and the lock, which the server inherits, that none runs elsewhere; what a killed one left behind (its
 * pid file, its backends and their shared memory) is cleared away first.
 *
 * @throws DomainError `data_folder_in_use`, `database_failed_to_start` with the last lines of the server's log
 */
export async function launchPostmaster(
  location: ClusterLocation,
  log: ServerLog,
  lock: ServerLock,
  options: LaunchOptions = {},
): Promise<LaunchedPostmaster> {
  await clearLeftovers(location.cluster, lock);
  await log.rotateIfLarge();
  let last = '';
  for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
    const port = options.port ?? (await freePort());
    const started = await tryLaunch(location, log, lock, port, options.settings ?? {});
    if (typeof started !== 'string') return started;
    last = started;
    const portTaken = /could not bind|Address already in use|could not create any TCP\/IP sockets/i.test(last);
    const leftovers = /pre-existing shared memory block|lock file ".*" already exists/i.test(last);
    if (!portTaken && !leftovers) break;
    if (leftovers) await clearLeftovers(location.cluster, lock);
    if (leftovers || options.port !== undefined) await sleep(250 * attempt);
  }
  const lines = last.trim().split('\n').slice(-15).join('\n');
  const full = /No space left on device/i.test(last) ? 'The disk is full. ' : '';
  throw new DomainError(
    'database_failed_to_start',
    `${full}The embedded database did not start. The end of ${log.file}:\n${lines}`,
  );
}

/** One try: the running server, or what it said before it ended. */
async function tryLaunch(
  location: ClusterLocation,
  log: ServerLog,
  lock: ServerLock,
  port: number,
  settings: Readonly<Record<string, string>>,
): Promise<LaunchedPostmaster | string> {
  const mark = await log.size();
  const flags = Object.entries({ ...SERVER_SETTINGS, ...settings }).flatMap(([name, value]) => [
    '-c',
    `${name}=${value}`,
  ]);
  const output = await log.openForServer();
  let ended: string | undefined;
  const child = spawn(location.binaries.postgres, ['-D', location.cluster, '-p', String(port), ...flags], {
    ...spawnIdentity(location.user),
    // A session and process group of its own: Ctrl-C in the terminal reaches the service only, which drains first.
    detached: true,
    stdio: ['ignore', output.fd, output.fd, ...(lock.fd === undefined ? [] : [lock.fd])],
  });
  child.once('error', (error) => (ended = error.message));
  child.once('exit', (code, signal) => (ended = `it ended with ${signal ?? `code ${code ?? '?'}`}`));
  child.unref();
  await output.close();
  for (const deadline = Date.now() + READY_PATIENCE_MS; Date.now() < deadline; await sleep(POLL_MS)) {
    if (ended !== undefined) return `${await log.since(mark)}\n${ended}`;
    const file = await readPostmasterFile(location.cluster).catch(() => undefined);
    if (child.pid !== undefined && file?.pid === child.pid && file.status === 'ready')
      return { pid: child.pid, port, child };
  }
  child.kill('SIGQUIT');
  return `${await log.since(mark)}\nit was not ready after ${READY_PATIENCE_MS / 1000} s`;
}

/**
 * After a kill -9 of the postmaster its backends may still run and hold the cluster's shared memory, and its pid file
 * stays. A pid file whose process is not a server of this cluster is stale even where the pid lives again (pids of a
 * container start from one at every start), once the lock tells that it is not of a server in another container.
 */
async function clearLeftovers(cluster: string, lock: ServerLock): Promise<void> {
  for (const signal of ['SIGQUIT', 'SIGKILL'] as const) {
    for (let round = 0; round < 20; round += 1) {
      const left = await findServerProcesses(cluster);
      if (left.length === 0) break;
      if (round === 0) left.forEach((pid) => signalQuietly(pid, signal));
      await sleep(50);
    }
  }
  await lock.take();
  const file = await readPostmasterFile(cluster);
  if (file && !(await servesCluster(file.pid, cluster))) await rm(postmasterFilePath(cluster), { force: true });
}

/** Sends a signal to a process that may have ended already. */
export function signalQuietly(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It has ended.
  }
}

/** A port that was free a moment ago; whoever takes it in between makes the server fail to bind, which is retried. */
function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() =>
        address !== null && typeof address === 'object' ? resolve(address.port) : reject(new Error('no port')),
      );
    });
  });
}
