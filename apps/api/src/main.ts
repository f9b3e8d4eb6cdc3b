import { loadSettings } from '#libs/config';
import { DomainError } from '#libs/errors';
import { startApi } from './start-api.js';

// Whoever read the log may be gone; that ends no service.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);

try {
  const { app, url } = await startApi(loadSettings());
  app.enableShutdownHooks();
  process.stdout.write(`Likeness listens on ${url}\n`);
} catch (error) {
  process.stderr.write(`${error instanceof DomainError ? error.message : ((error as Error).stack ?? String(error))}\n`);
  process.exit(1);
}
