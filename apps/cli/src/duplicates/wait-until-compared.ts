import { setTimeout as sleep } from 'node:timers/promises';
import type { Cli } from '../cli.js';
import { formatNoun } from '../format/quantities.js';
import type { HttpClient } from '../service/http-client.js';
import type { DuplicatePageView } from './views.js';

const LOOK_MS = 200;

/**
 * Waits until every image has been compared with the others, and says how many still wait. For a service that ends with
 * the command: afterwards nothing would compare them.
 *
 * @throws what `cli.signal` was aborted with; what has been compared by then is kept
 */
export async function waitUntilCompared(cli: Cli, client: HttpClient): Promise<void> {
  const { terminal, signal } = cli;
  for (let looks = 0; ; looks++) {
    const { unchecked } = await client.json<DuplicatePageView>({ path: 'v1/duplicates', query: { limit: 1 } });
    if (unchecked === 0) break;
    const line = `Comparing images: ${formatNoun(unchecked, 'image')} left`;
    if (terminal.interactive) terminal.status(line);
    else if (looks === 0) terminal.note(line);
    await sleep(LOOK_MS, undefined, { signal }).catch(() => signal.throwIfAborted());
  }
  terminal.clearStatus();
}
