import 'reflect-metadata';
import { loadSettings } from '#libs/config';
import { DomainError } from '#libs/errors';
import { startWorker } from './start-worker.js';

// Whoever read the log may be gone; that ends no service.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);

try {
  const worker = await startWorker(loadSettings());
  process.stderr.write(`The worker runs; its health: ${worker.healthUrl}\n`);
  let stopping = false;
  const stop = () => {
    // A second signal does not wait.
    if (stopping) process.exit(130);
    stopping = true;
    worker.stop().catch((error: unknown) => fail(error));
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
} catch (error) {
  fail(error);
}

function fail(error: unknown): never {
  const known = DomainError.from(error);
  process.stderr.write(`likeness worker: ${known.message.replace(/\s*\n\s*/g, '; ')} — ${known.entry.remedy}\n`);
  process.exit(1);
}
