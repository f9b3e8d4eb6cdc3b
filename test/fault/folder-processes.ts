import { execFile } from 'node:child_process';
import { readdir, readFile, readlink } from 'node:fs/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);

/**
 * Every living process that works on a data folder, this one excepted: the service has the folder in its command line,
 * the database's processes have it as their working folder.
 */
export async function processesOf(dataDir: string): Promise<number[]> {
  if (process.platform !== 'linux') return processesByCommand(dataDir);
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  const found = await Promise.all(pids.map(async (pid) => ((await belongsTo(pid, dataDir)) ? [pid] : [])));
  return found.flat();
}

async function belongsTo(pid: number, dataDir: string): Promise<boolean> {
  if (pid === process.pid) return false;
  const [folder, command, state] = await Promise.all([
    readlink(`/proc/${pid}/cwd`).catch(() => ''),
    readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => ''),
    readFile(`/proc/${pid}/stat`, 'utf8').catch(() => ''),
  ]);
  const zombie = /\) Z /.test(state);
  return !zombie && (folder.startsWith(dataDir) || command.includes(dataDir));
}

async function processesByCommand(dataDir: string): Promise<number[]> {
  const { stdout } = await run('ps', ['-A', '-ww', '-o', 'pid=,command=']);
  return stdout
    .split('\n')
    .filter((line) => line.includes(dataDir))
    .map((line) => Number.parseInt(line, 10))
    .filter((pid) => pid !== process.pid);
}

/** kill -9, all at once. */
export function killAll(pids: readonly number[]): void {
  for (const pid of pids) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It ended by itself.
    }
  }
}
