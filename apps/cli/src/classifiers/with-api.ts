import type { Cli } from '../cli.js';
import { readEvents } from '../service/event-stream.js';
import { HttpClient } from '../service/http-client.js';
import { findRunningService } from '../service/running-service.js';

/**
 * Gives `work` a client of the service that runs on the data folder. Where none runs, one is started inside this
 * process on a free port of the loopback address, and stopped afterwards.
 */
export async function withApi<T>(cli: Cli, work: (client: HttpClient) => Promise<T>): Promise<T> {
  const settings = cli.settings();
  const running = await findRunningService(settings.data.dir);
  if (running) return work(new HttpClient(running.url, settings.http.apiKey));
  const { PinoLogger, startApi } = await import('#apps/api');
  const own = cli.settings({ LIKENESS_HOST: '127.0.0.1', LIKENESS_PORT: '0' });
  const logger = new PinoLogger(own.log, { write: (line) => void process.stderr.write(line) });
  const { app, url } = await startApi(own, logger);
  try {
    cli.signal.throwIfAborted();
    return await work(new HttpClient(url, own.http.apiKey));
  } finally {
    await app.close();
  }
}

/** The data of a stream's `progress` events, as they come. */
export async function* watch<T>(client: HttpClient, path: string, signal: AbortSignal): AsyncGenerator<T> {
  const response = await client.send({ path, signal });
  if (!response.body) return;
  for await (const { event, data } of readEvents(response.body as unknown as AsyncIterable<Uint8Array>)) {
    if (event === 'progress') yield JSON.parse(data) as T;
  }
}

/** Path of a classifier, and of what is below it. */
export function at(classifier: string, ...rest: readonly (string | number)[]): string {
  return ['v1/classifiers', classifier, ...rest]
    .map((part, index) => (index === 0 ? part : encodeURIComponent(part)))
    .join('/');
}
