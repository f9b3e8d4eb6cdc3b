import { setTimeout as sleep } from 'node:timers/promises';
import type { ClusterLocation } from './cluster-location.js';
import { withConnection } from './database-admin.js';
import { readPostmasterFile, servesCluster, type PostmasterFile } from './postmaster-file.js';
import { refuseIfOwned } from './service-file.js';
import { stopPostmaster } from './stop-postmaster.js';

const POLL_MS = 50;
const PATIENCE_MS = 60_000;

/**
 * Takes over the server that a killed service left running on this cluster. One that does not answer is stopped, unless
 * a living process owns the data folder.
 *
 * @param address of a database of the server, by port
 * @returns undefined when none runs now
 * @throws DomainError `data_folder_in_use`
 */
export async function adoptPostmaster(
  location: ClusterLocation,
  address: (port: number) => string,
  onLog: (line: string) => void,
): Promise<{ pid: number; port: number } | undefined> {
  const { cluster, dataDir } = location;
  const file = await settledPostmaster(cluster);
  if (!file) return undefined;
  if (file.status === 'ready' && (await answersAsOurs(address(file.port), cluster)))
    return { pid: file.pid, port: file.port };
  await refuseIfOwned(dataDir);
  onLog(`a database of an earlier run (process ${file.pid}) does not answer and is stopped`);
  await stopPostmaster(file.pid, cluster, 'immediate');
  return undefined;
}

/** The running server once it is ready; one that is stopping is waited for until it is gone. */
async function settledPostmaster(cluster: string): Promise<PostmasterFile | undefined> {
  const deadline = Date.now() + PATIENCE_MS;
  for (;;) {
    const file = await readPostmasterFile(cluster);
    if (!file || !(await servesCluster(file.pid, cluster))) return undefined;
    if (file.status === 'ready' || Date.now() > deadline) return file;
    await sleep(POLL_MS);
  }
}

async function answersAsOurs(url: string, cluster: string): Promise<boolean> {
  try {
    const rows = await withConnection(
      url,
      async (client) => (await client.query<{ data_directory: string }>('SHOW data_directory')).rows,
    );
    return rows[0]?.data_directory === cluster;
  } catch (error) {
    // 53300: it lives, and every connection is in use. What it cannot then serve, it will say itself.
    return (error as { code?: string }).code === '53300';
  }
}
