import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { DomainError } from '#libs/errors';
import type { ClusterLocation } from './cluster-location.js';
import { DATABASE_ROLE } from './create-cluster.js';
import { spawnIdentity } from './run-as.js';

/**
 * Gives the role of a stopped cluster the password now remembered, through PostgreSQL's single-user mode. Needed when
 * the data folder lost its `postgres.json`: the images are all there, only the key to them is gone.
 *
 * @throws DomainError `database_failed_to_start`
 */
export async function resetPassword({ binaries, cluster, user, password }: ClusterLocation): Promise<void> {
  const child = spawn(binaries.postgres, ['--single', '-D', cluster, 'postgres'], {
    ...spawnIdentity(user),
    stdio: ['pipe', 'ignore', 'pipe'],
  });
  let complaint = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (complaint += text));
  child.stdin.on('error', () => undefined);
  // The password is hexadecimal: nothing to quote.
  child.stdin.end(`ALTER ROLE ${DATABASE_ROLE} PASSWORD '${password}'\n`);
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0 || complaint.includes('ERROR:')) {
    throw new DomainError(
      'database_failed_to_start',
      `The password of the database in ${cluster} could not be set anew:\n${complaint.trim()}`,
    );
  }
}
