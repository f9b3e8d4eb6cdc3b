import { setTimeout as sleep } from 'node:timers/promises';
import { DomainError, Patience } from '#libs/errors';
import type { Cli } from '../cli.js';
import { readEvents } from '../service/event-stream.js';
import { HttpClient } from '../service/http-client.js';
import { findRunningService } from '../service/running-service.js';
import { problem } from './job-ends.js';
import type { ItemProblem } from './views.js';

/** Between two tries to open a stream. */
const RETRY_MS = 500;

/** Whose the service is: one that `runs` anyway, or this command's `own`, in which nothing goes on once the command ends. */
export type ServiceKind = 'runs' | 'own';

/**
 * Gives `work` a client of the service that runs on the data folder. Where none runs, one is started inside this
 * process on a free port of the loopback address, and stopped afterwards.
 */
export async function withApi<T>(cli: Cli, work: (client: HttpClient, service: ServiceKind) => Promise<T>): Promise<T> {
  const settings = cli.settings();
  const running = await findRunningService(settings.data.dir);
  if (running) return work(new HttpClient(running.url, settings.http.apiKey), 'runs');
  const { PinoLogger, startApi } = await import('#apps/api');
  const own = cli.settings({ LIKENESS_HOST: '127.0.0.1', LIKENESS_PORT: '0' });
  const logger = new PinoLogger(own.log, { write: (line) => void process.stderr.write(line) });
  const { app, url } = await startApi(own, logger);
  try {
    cli.signal.throwIfAborted();
    return await work(new HttpClient(url, own.http.apiKey), 'own');
  } finally {
    await app.close();
  }
}

/**
 * `withApi` for work that waits for a job.
 *
 * @throws DomainError `settings_invalid` where nobody would ever take the job: a worker may share the database of
 *   DATABASE_URL, but not the embedded one
 */
export async function withJobsApi<T>(cli: Cli, work: (client: HttpClient) => Promise<T>): Promise<T> {
  const { imports, database, data } = cli.settings();
  if (!imports.runJobs && database.url === undefined && !(await findRunningService(data.dir))) {
    throw new DomainError(
      'settings_invalid',
      'LIKENESS_JOBS: expected true where no service runs that takes the job, but it is false',
    );
  }
  return withApi(cli, work);
}

/**
 * The data of a stream's `progress` events, as they come. Where the connection breaks, it just ends: whoever reads sees by
 * the last of them that it was not the end.
 *
 * @throws DomainError what the stream's `error` event says; what the service answers instead of a stream, unless that
 *   passes by itself within five minutes
 */
export async function* watch<T>(client: HttpClient, path: string, signal: AbortSignal): AsyncGenerator<T> {
  const response = await opened(client, path, signal);
  if (!response.body) return;
  const events = readEvents(unbroken(response.body as unknown as AsyncIterable<Uint8Array>, signal));
  for await (const { event, data } of events) {
    if (event === 'progress') yield JSON.parse(data) as T;
    if (event === 'error') throw problem(JSON.parse(data) as ItemProblem);
  }
}

/** An open stream outlasts a moment without the database by itself; here it is waited for before there is one. */
async function opened(client: HttpClient, path: string, signal: AbortSignal): Promise<Response> {
  const patience = new Patience();
  for (;;) {
    const response = await patience.orNothing(client.send({ path, signal }));
    if (response) return response;
    await sleep(RETRY_MS, undefined, { signal }).catch(() => signal.throwIfAborted());
  }
}

/** A body whose end is where the connection broke. @throws what `signal` was aborted with */
async function* unbroken(body: AsyncIterable<Uint8Array>, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  try {
    yield* body;
  } catch {
    signal.throwIfAborted();
  }
}

/** Path of a classifier, and of what is below it. */
export function at(classifier: string, ...rest: readonly (string | number)[]): string {
  return ['v1/classifiers', classifier, ...rest]
    .map((part, index) => (index === 0 ? part : encodeURIComponent(part)))
    .join('/');
}
