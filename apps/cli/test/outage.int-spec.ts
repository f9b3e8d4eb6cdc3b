import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { DomainError } from '#libs/errors';
import { Cli } from '../src/cli.js';
import { changeEncoder } from '../src/commands/reindex.js';
import { onceCompared } from '../src/duplicates/once-compared.js';
import type { DuplicatePageView } from '../src/duplicates/views.js';
import { followImport } from '../src/imports/follow-import.js';
import { importView } from '../src/imports/import-view.fixture.js';
import { HttpService } from '../src/service/http-service.js';

const sink = { write: () => true };
let server: Server | undefined;

afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

type Answer = (response: ServerResponse) => unknown;

/** A service that gives these answers, one a request. */
async function answering(...answers: readonly Answer[]): Promise<HttpService> {
  const left = [...answers];
  server = createServer((_request, response) => {
    const answer = left.shift() ?? problem('internal');
    answer(response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return new HttpService(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, undefined, 1);
}

const json =
  (status: number, body: object): Answer =>
  (response) =>
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
const problem = (code: string): Answer => json(503, { code, detail: 'Connection terminated unexpectedly' });
const events =
  (...sent: readonly [string, object][]): Answer =>
  (response) =>
    response
      .writeHead(200, { 'content-type': 'text/event-stream' })
      .end(sent.map(([event, data]) => `event: ${event}\ndata: ${JSON.stringify(data)}\n\n`).join(''));

const newCli = () => new Cli({ environment: {}, stdout: sink, stderr: sink, signal: new AbortController().signal });

describe('watching an import', () => {
  const { root, ...rest } = importView({ failed: 0 });
  const running = { ...rest, id: '7', path: root, collection: null };
  const done = { ...running, status: 'done', left: 0 };

  it('goes on after a moment without the database', async () => {
    const service = await answering(
      events(['progress', running], ['error', { code: 'database_unavailable', detail: 'It is gone.' }]),
      problem('database_unavailable'),
      events(['progress', done], ['end', {}]),
    );
    expect(await followImport(newCli(), service, importView())).toBe(0);
  });

  it('ends where nothing but trouble is told of, however often it is taken up', async () => {
    const outage = events(['error', { code: 'database_unavailable', detail: 'It is gone.' }]);
    const service = await answering(...Array.from({ length: 10 }, () => outage));
    const watching = followImport(newCli(), service, importView());
    await expect(watching).rejects.toMatchObject({ code: 'database_unavailable' });
  });

  it('ends with what does not pass', async () => {
    const service = await answering(events(['error', { code: 'import_not_found', detail: 'There is none.' }]));
    await expect(followImport(newCli(), service, importView())).rejects.toMatchObject({ code: 'import_not_found' });
  });
});

describe('waiting until images are compared', () => {
  const page: DuplicatePageView = {
    kind: 'near',
    threshold: 0.7,
    unchecked: 5,
    total: 0,
    groups: [],
    nextCursor: null,
  };
  const compared = { ...page, unchecked: 0 };

  const finding = (...finds: (DuplicatePageView | DomainError)[]) => {
    const left = [...finds];
    return onceCompared(newCli(), () => {
      const found = left.shift() ?? compared;
      return found instanceof DomainError ? Promise.reject(found) : Promise.resolve(found);
    });
  };

  it('goes on after a moment without the database', async () => {
    expect(await finding(page, new DomainError('database_unavailable'), compared)).toEqual(compared);
  });

  it('ends with what does not pass', async () => {
    const error = new DomainError('internal');
    await expect(finding(page, error)).rejects.toBe(error);
  });
});

describe('watching a change of encoder', () => {
  const space = { encoder: 'small', fingerprint: 'ab', tap: 'logits' };
  const view = { active: space, previous: null, target: space, progress: null, spaces: [], unusable: [] };
  const order = { encoder: 'small' };

  it.each<[string, Answer]>([
    ['the database', problem('database_unavailable')],
    ['the service', (response) => response.destroy()],
  ])('goes on after a moment without %s', async (_what, away) => {
    const service = await answering(
      json(202, { ...view, status: 'running' }),
      away,
      json(200, { ...view, status: 'done' }),
    );
    const cli = newCli();
    await changeEncoder(cli, service, order);
    expect(cli.exitCode).toBe(0);
  });

  it('ends where the database has been away for five minutes', async () => {
    const real = performance.now.bind(performance);
    let gone = 0;
    const clock = vi.spyOn(performance, 'now').mockImplementation(() => real() + gone);
    onTestFinished(() => clock.mockRestore());
    const service = await answering(
      json(202, { ...view, status: 'running' }),
      problem('database_unavailable'),
      (response) => {
        gone = 5 * 60_000;
        problem('database_unavailable')(response);
      },
    );
    const following = changeEncoder(newCli(), service, order);
    await expect(following).rejects.toMatchObject({ code: 'database_unavailable' });
  });

  it('ends with what does not pass', async () => {
    const service = await answering(json(202, { ...view, status: 'running' }), problem('internal'));
    await expect(changeEncoder(newCli(), service, order)).rejects.toMatchObject({ code: 'internal' });
  });
});
