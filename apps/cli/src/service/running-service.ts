import { existsSync } from 'node:fs';
import path from 'node:path';

/** The service that runs on a data folder. */
export interface RunningService {
  /** Address without a slash at the end. */
  readonly url: string;
  readonly pid: number;
}

const LIVENESS_TIMEOUT_MS = 5000;

/**
 * The service that owns the data folder and listens, if there is one. Its `service.json` names the process by pid and
 * start time, so that the file of a killed service, or another process under its pid, is not taken for it; then the
 * address has to answer.
 */
export async function findRunningService(dataDir: string): Promise<RunningService | undefined> {
  // The usual case of no service at all is told without loading the catalogue's code.
  if (!existsSync(path.join(dataDir, 'service.json'))) return undefined;
  const { readServiceFile } = await import('#libs/catalogue');
  const owner = await readServiceFile(dataDir);
  if (owner?.url === undefined) return undefined;
  const url = owner.url.replace(/\/+$/, '');
  return (await isAlive(url)) ? { url, pid: owner.pid } : undefined;
}

async function isAlive(url: string): Promise<boolean> {
  try {
    const response = await fetch(`${url}/health/live`, { signal: AbortSignal.timeout(LIVENESS_TIMEOUT_MS) });
    await response.body?.cancel();
    return response.ok;
  } catch {
    return false;
  }
}
