import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** A user of the operating system that PostgreSQL runs as when the service itself runs as root. */
export interface SystemUser {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
}

/** Nothing of our environment reaches the server: its locale must not depend on who started it. */
export const PLAIN_ENVIRONMENT = { PATH: '/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin', LC_ALL: 'C' };

/** What spawn needs to run a program as `user` (undefined: as ourselves), from a folder that anybody can enter. */
export function spawnIdentity(user: SystemUser | undefined): {
  cwd: string;
  env: NodeJS.ProcessEnv;
  uid?: number;
  gid?: number;
} {
  const base = { cwd: process.platform === 'win32' ? process.cwd() : '/', env: PLAIN_ENVIRONMENT };
  return user ? { ...base, uid: user.uid, gid: user.gid } : base;
}

/** Runs a program to its end as `user`; rejects when it fails, with `stderr` on the error. */
export async function runAs(user: SystemUser | undefined, program: string, args: readonly string[]): Promise<string> {
  const { stdout } = await run(program, [...args], { ...spawnIdentity(user), maxBuffer: 4 * 1024 * 1024 });
  return stdout;
}

/** Whether `user` can enter a folder, asked by trying: permissions, access lists and mounts all count. */
export async function canEnter(user: SystemUser | undefined, folder: string): Promise<boolean> {
  if (user === undefined) return true;
  return runAs(user, '/bin/sh', ['-c', 'cd "$0"', folder]).then(
    () => true,
    () => false,
  );
}
