import type { Cli } from '../cli.js';
import { openService, type OpenOptions } from './open-service.js';
import type { Service } from './service.js';

/** Gives `work` the service of the data folder and closes it in any case. */
export async function withService<T>(
  cli: Cli,
  options: OpenOptions,
  work: (service: Service) => Promise<T>,
): Promise<T> {
  const service = await openService(cli.settings(), options);
  try {
    cli.signal.throwIfAborted();
    return await work(service);
  } finally {
    await service.close();
  }
}
