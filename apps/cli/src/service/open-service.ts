import type { Settings } from '#libs/config';
import { withJobs } from '../settings-variants.js';
import { HttpService } from './http-service.js';
import { findRunningService } from './running-service.js';
import type { Service } from './service.js';

export interface OpenOptions {
  /** Whether imports and a change of encoder are worked on where this process opens the folder itself; not by default. */
  readonly jobs?: boolean;
}

/**
 * The service that runs on the data folder, else the folder itself, opened by this process.
 *
 * @throws DomainError `data_folder_in_use` when another process owns the folder and does not answer
 */
export async function openService(settings: Settings, options: OpenOptions = {}): Promise<Service> {
  const running = await findRunningService(settings.data.dir);
  if (running !== undefined) return new HttpService(running.url, settings.http.apiKey);
  // Loaded only now: talking to a running service needs neither database, encoder nor index.
  const { LocalService } = await import('./local-service.js');
  return LocalService.open(withJobs(settings, options.jobs === true));
}
