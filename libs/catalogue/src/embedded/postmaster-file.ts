import { readdir, readlink, realpath } from 'node:fs/promises';
import path from 'node:path';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { readText } from './data-folder.js';
import { identifyProcess } from './process-identity.js';

const run = promisify(execFile);

/** What `postmaster.pid` says (its lines are fixed in PostgreSQL's `pidfile.h`). */
export interface PostmasterFile {
  readonly pid: number;
  readonly port: number;
  /** `starting`, `ready`, `standby` or `stopping`; empty in the first moments. */
  readonly status: string;
}

export function postmasterFilePath(cluster: string): string {
  return path.join(cluster, 'postmaster.pid');
}

export async function readPostmasterFile(cluster: string): Promise<PostmasterFile | undefined> {
  const text = await readText(postmasterFilePath(cluster));
  if (text === undefined) return undefined;
  const lines = text.split('\n');
  return { pid: Number(lines[0]), port: Number(lines[3] ?? 0), status: (lines[7] ?? '').trim() };
}

/**
 * Whether process `pid` is a server process of this cluster, and not one that merely got the pid of a dead one. A
 * server process has the cluster as its working folder; where that cannot be asked, its command line names it.
 */
export async function servesCluster(pid: number, cluster: string): Promise<boolean> {
  if ((await identifyProcess(pid)) === undefined) return false;
  if (process.platform === 'linux') {
    const ask = (name: string) => readlink(`/proc/${pid}/${name}`).catch(() => '');
    const [folder, program, wanted] = await Promise.all([
      ask('cwd'),
      ask('exe'),
      realpath(cluster).catch(() => cluster),
    ]);
    // A person's shell may have its working folder there too.
    return folder === wanted && /\/postgres( \(deleted\))?$/.test(program);
  }
  if (process.platform === 'win32') return true;
  const listed = await run('ps', ['-ww', '-o', 'command=', '-p', String(pid)]).catch(() => undefined);
  return listed?.stdout.includes(cluster) ?? false;
}

/** Every live server process of a cluster: the backends that a killed postmaster left behind. Linux only. */
export async function findServerProcesses(cluster: string): Promise<number[]> {
  if (process.platform !== 'linux') return [];
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  const serving = await Promise.all(pids.map(async (pid) => ((await servesCluster(pid, cluster)) ? [pid] : [])));
  return serving.flat();
}
