import { assertPortFree, startApi } from '#apps/api';
import type { Settings } from '#libs/config';
import { DomainError } from '#libs/errors';
import type { Cli } from '../cli.js';
import { untilInterrupted } from '../interruption.js';
import { assertFolderUsable } from '../probe-folder.js';
import { findRunningService } from '../service/running-service.js';
import { openBrowser } from './open-browser.js';
import { StartupLogger } from './startup-logger.js';

/**
 * Runs the service until somebody asks it to stop, telling each step.
 *
 * @throws DomainError `data_folder_in_use`, `data_folder_unusable`, `port_in_use`, and what its parts throw at start
 */
export async function runService(cli: Cli, settings: Settings, options: { open: boolean }): Promise<void> {
  const { terminal, signal } = cli;
  // What can be told without starting anything is told first, as one line and nothing else.
  await assertFolderUsable(settings.data.dir);
  await refuseSecondStart(settings);
  await assertPortFree(settings.http.host, settings.http.port);
  const database = settings.database.url === undefined ? 'embedded PostgreSQL' : 'the PostgreSQL of DATABASE_URL';
  terminal.note(`Starting Likeness on ${settings.data.dir} with ${database} …`);
  const logger = new StartupLogger(settings.log, terminal);
  const { app, url } = await startApi(settings, logger);
  logger.started();
  if (!signal.aborted) {
    terminal.result(
      { url, docs: `${url}/docs`, data: settings.data.dir, pid: process.pid },
      `Likeness is ready: ${url} (API docs ${url}/docs). Ctrl-C stops it.`,
    );
    if (options.open) openBrowser(url);
  }
  await untilInterrupted(signal);
  terminal.note('Stopping: finishing what has begun …');
  await app.close();
  terminal.note('Stopped.');
}

/** Names the address of the service that is there already; the lock in the database decides where this sees none. */
async function refuseSecondStart(settings: Settings): Promise<void> {
  const running = await findRunningService(settings.data.dir);
  if (running === undefined) return;
  throw new DomainError(
    'data_folder_in_use',
    `Likeness runs on ${settings.data.dir} already: process ${running.pid}, ${running.url}.`,
  );
}
