import { setTimeout as sleep } from 'node:timers/promises';
import { Patience } from '#libs/errors';
import type { Cli } from '../cli.js';
import { formatNoun } from '../format/quantities.js';
import type { DuplicatePageView } from './views.js';

const LOOK_MS = 500;

/**
 * The page that `read` gives once every image has been compared with the others; says meanwhile how many still wait. For a
 * service that ends with the command: afterwards nothing would compare them.
 *
 * @throws what `cli.signal` was aborted with; what has been compared by then is kept. What `read` throws, unless that passes
 *   by itself within five minutes
 */
export async function onceCompared(
  { terminal, signal }: Cli,
  read: () => Promise<DuplicatePageView>,
): Promise<DuplicatePageView> {
  const patience = new Patience();
  let page = await read();
  if (page.unchecked > 0 && !terminal.interactive) terminal.note(progress(page));
  while (page.unchecked > 0) {
    if (terminal.interactive) terminal.status(progress(page));
    await sleep(LOOK_MS, undefined, { signal }).catch(() => signal.throwIfAborted());
    // The comparing outlives a moment without the database, and so does the waiting.
    page = (await patience.orNothing(read())) ?? page;
  }
  terminal.clearStatus();
  return page;
}

const progress = ({ unchecked }: DuplicatePageView): string =>
  `Comparing images: ${formatNoun(unchecked, 'image')} left`;
