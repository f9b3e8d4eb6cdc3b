import { ConsoleLogger } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { likenessModule } from '#apps/composition';
import { Settings } from '#libs/config';
import { DomainError } from '#libs/errors';
import { CheckReadiness } from '#libs/search';
import { HealthServer } from './health-server.js';

export interface RunningWorker {
  /** Where its health can be asked. */
  readonly healthUrl: string;
  /** Finishes what has begun and lets go of everything. */
  stop(): Promise<void>;
}

/**
 * Runs jobs for a service whose HTTP side runs elsewhere, on the same database.
 *
 * @throws DomainError `settings_invalid` without DATABASE_URL: an embedded database belongs to one process; `port_in_use`
 */
export async function startWorker(settings: Settings): Promise<RunningWorker> {
  if (settings.database.url === undefined) {
    throw new DomainError(
      'settings_invalid',
      'A worker needs DATABASE_URL: the address of the PostgreSQL it shares with the service.',
      {
        fields: [{ path: 'DATABASE_URL', expected: 'a postgres:// address', received: 'nothing' }],
      },
    );
  }
  const context = await NestFactory.createApplicationContext(likenessModule(withJobs(settings)), {
    logger: loggerOf(settings),
    abortOnError: false,
  });
  try {
    const { host, port } = settings.http;
    const health = await HealthServer.listen(context.get(CheckReadiness), { host, port });
    return {
      healthUrl: `http://${host.includes(':') ? `[${host}]` : host}:${health.port}/health/ready`,
      stop: async () => {
        await health.close();
        await context.close();
      },
    };
  } catch (error) {
    await context.close();
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    throw new DomainError(
      'port_in_use',
      `Port ${settings.http.port} is in use; LIKENESS_PORT gives the worker's health another one.`,
    );
  }
}

/** A worker that runs no jobs would be of no use, whatever LIKENESS_JOBS says. */
function withJobs(settings: Settings): Settings {
  return settings.withJobs(true);
}

function loggerOf({ log }: Settings): ConsoleLogger | false {
  if (log.level === 'silent') return false;
  const levels = (['error', 'warn', 'log', 'debug'] as const).slice(
    0,
    ['error', 'warn', 'info', 'debug'].indexOf(log.level) + 1,
  );
  const json = log.format === 'json' || (log.format === 'auto' && !process.stdout.isTTY);
  return new ConsoleLogger({ json, logLevels: [...levels, 'fatal'] });
}
