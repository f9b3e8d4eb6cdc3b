import type { LogSettings } from '#libs/config';
import { expect, test } from 'vitest';
import { runInRequest } from '../http/request-context.js';
import { PinoLogger } from './pino-logger.js';

function logger(settings: Partial<LogSettings> = {}): { log: PinoLogger; lines: string[] } {
  const lines: string[] = [];
  const log = new PinoLogger(
    { level: 'info', format: 'json', ...settings },
    { write: (line) => void lines.push(line) },
  );
  return { log, lines };
}

test('a line logged while a request is served carries its id, across awaits', async () => {
  const { log, lines } = logger();
  await runInRequest({ requestId: 'r-1' }, async () => {
    await Promise.resolve();
    log.log({ msg: 'hello', count: 2 }, 'Context');
  });
  log.log('outside');
  expect(lines.map((line) => JSON.parse(line) as object)).toMatchObject([
    { level: 30, requestId: 'r-1', context: 'Context', msg: 'hello', count: 2 },
    { level: 30, msg: 'outside' },
  ]);
  expect(lines[1]).not.toContain('requestId');
});

test('levels are those of the settings, and what Nest says of its own start is for debugging', () => {
  const { log, lines } = logger();
  log.debug('no');
  log.log('Mapped {/x, GET} route', 'RouterExplorer');
  log.warn('yes');
  expect(lines).toHaveLength(1);
});

test('an error is logged with its stack', () => {
  const { log, lines } = logger();
  log.error(new Error('boom'), 'Context');
  expect(JSON.parse(lines[0] ?? '{}')).toMatchObject({
    level: 50,
    msg: 'boom',
    err: { message: 'boom', stack: expect.stringContaining('boom') },
  });
});

test('text is one line for a person', () => {
  const { log, lines } = logger({ format: 'text' });
  log.log({ msg: 'GET /x 200', ms: 1.5 }, 'Http');
  expect(lines[0]).toMatch(/^\d\d:\d\d:\d\d info {2}\[Http\] GET \/x 200 ms=1.5\n$/);
});
