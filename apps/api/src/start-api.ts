import { createServer, type AddressInfo } from 'node:net';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { CatalogueLifecycle } from '#libs/catalogue';
import type { Settings } from '#libs/config';
import { DomainError } from '#libs/errors';
import { createApi } from './create-api.js';
import { PinoLogger } from './logging/pino-logger.js';

export interface RunningApi {
  readonly app: NestFastifyApplication;
  /** Where a browser on this machine finds it, like `http://localhost:3000`. */
  readonly url: string;
}

/**
 * Starts the service and listens. Looks first whether the port is free, before a database is started for nothing.
 *
 * @throws DomainError `port_in_use`, and whatever the parts throw at start; everything already started is stopped
 */
export async function startApi(settings: Settings, logger = new PinoLogger(settings.log)): Promise<RunningApi> {
  const { host, port } = settings.http;
  await assertPortFree(host, port);
  const app = await createApi(settings, logger);
  try {
    // Started before it listens: an error of a part at start, such as the database's address, is none of listening.
    await app.init();
    await app.listen({ host, port }).catch((error: unknown) => {
      throw listenError(error, host, port);
    });
  } catch (error) {
    await app.close();
    throw error;
  }
  const address = app.getHttpServer().address() as AddressInfo;
  const url = `http://${nameFor(host)}:${address.port}`;
  await app.get(CatalogueLifecycle).announce(url);
  return { app, url };
}

/** @throws DomainError `port_in_use` */
export async function assertPortFree(host: string, port: number): Promise<void> {
  if (port === 0) return;
  const probe = createServer();
  try {
    await new Promise<void>((resolve, reject) => {
      probe.once('error', reject);
      probe.listen({ host, port, exclusive: true }, resolve);
    });
  } catch (error) {
    throw listenError(error, host, port);
  }
  await new Promise((resolve) => probe.close(resolve));
}

function listenError(error: unknown, host: string, port: number): unknown {
  const code = (error as NodeJS.ErrnoException).code;
  if (code === 'EADDRINUSE') {
    return new DomainError('port_in_use', `Port ${port} is in use.`);
  }
  if (code === 'EACCES') {
    return new DomainError(
      'port_in_use',
      `Port ${port} may not be used by this user: choose one above 1023 with --port or LIKENESS_PORT.`,
    );
  }
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND') {
    return new DomainError(
      'settings_invalid',
      `LIKENESS_HOST: expected an address of this machine, but it is ${JSON.stringify(host)}`,
    );
  }
  return error;
}

function nameFor(host: string): string {
  if (['127.0.0.1', '::1', '0.0.0.0', '::'].includes(host)) return 'localhost';
  return host.includes(':') ? `[${host}]` : host;
}
