import { setTimeout as sleep } from 'node:timers/promises';
import { signalQuietly } from './launch-postmaster.js';
import { findServerProcesses, servesCluster } from './postmaster-file.js';

const POLL_MS = 20;
const FAST_PATIENCE_MS = 30_000;
const IMMEDIATE_PATIENCE_MS = 10_000;

/**
 * Ends the server of a cluster and waits until it is gone. `fast` ends sessions, writes a checkpoint and is then
 * escalated to `immediate`, which leaves recovery to the next start, and at last to a kill.
 */
export async function stopPostmaster(pid: number, cluster: string, mode: 'fast' | 'immediate'): Promise<void> {
  // PostgreSQL's own signals: SIGINT is a fast shutdown, SIGQUIT an immediate one (postmaster.c).
  const steps: readonly (readonly [NodeJS.Signals, number])[] = [
    ['SIGINT', FAST_PATIENCE_MS],
    ['SIGQUIT', IMMEDIATE_PATIENCE_MS],
    ['SIGKILL', IMMEDIATE_PATIENCE_MS],
  ];
  for (const [signal, patience] of mode === 'fast' ? steps : steps.slice(1)) {
    if (!(await servesCluster(pid, cluster))) break;
    signalQuietly(pid, signal);
    if (await endsWithin(pid, cluster, patience)) break;
  }
  for (const left of await findServerProcesses(cluster)) signalQuietly(left, 'SIGKILL');
}

async function endsWithin(pid: number, cluster: string, patience: number): Promise<boolean> {
  for (const deadline = Date.now() + patience; Date.now() < deadline; await sleep(POLL_MS)) {
    if (!(await servesCluster(pid, cluster))) return true;
  }
  return false;
}
