import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { Cli } from '../src/cli.js';
import { followRescoring, followTraining } from '../src/classifiers/follow.js';
import { HttpClient } from '../src/service/http-client.js';

const sink = { write: () => true };
let server: Server | undefined;

afterEach(() => {
  vi.unstubAllGlobals();
  server?.closeAllConnections();
  server?.close();
});

/**
 * A client of a server that streams these events and then ends the stream, or breaks the connection.
 *
 * @param refuse answers the first requests instead
 * @param refusals how many of them
 */
async function streaming(
  events: readonly [string, object][],
  end: (response: ServerResponse) => unknown,
  refuse?: (response: ServerResponse) => unknown,
  refusals = 1,
) {
  let refused = 0;
  server = createServer((_request, response) => {
    if (refuse && refused < refusals) {
      refused++;
      refuse(response);
      return;
    }
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    const text = events.map(([event, data]) => `event: ${event}\ndata: ${JSON.stringify(data)}\n\n`).join('');
    response.write(text, () => setImmediate(() => end(response)));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return new HttpClient(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, undefined);
}

const cliWith = (signal: AbortSignal) => new Cli({ environment: {}, stdout: sink, stderr: sink, signal });
const cli = cliWith(new AbortController().signal);
const progress = { stage: 'searching', done: 0.3, message: 'Searching.' };
const training = { id: '5', status: 'running', progress, version: null, error: null };
const scoring = { version: 2, status: 'running', scored: 10, total: 40, lacking: 0, error: null };
const ended = (response: ServerResponse) => response.end();
const away = (response: ServerResponse) =>
  response.writeHead(503).end(JSON.stringify({ code: 'database_unavailable', detail: 'It is gone.' }));

describe('following a job', () => {
  it('answers when the last event says that it is done', async () => {
    const events: [string, object][] = [
      ['progress', training],
      ['progress', { ...training, status: 'done', version: 2 }],
      ['end', {}],
    ];
    expect(await followTraining(cli, await streaming(events, ended), 'flowers', '5')).toBe(2);
  });

  it.each([
    ['the database', away],
    ['the service', (response: ServerResponse) => response.destroy()],
  ])('begins after a moment without %s', async (_what, refuse) => {
    const client = await streaming([['progress', { ...scoring, status: 'done' }]], ended, refuse);
    expect(await followRescoring(cli, client, 'flowers', 2)).toMatchObject({ status: 'done' });
  });

  it('does not begin where what is followed is not there', async () => {
    const client = await streaming([], ended, (response) =>
      response.writeHead(404).end(JSON.stringify({ code: 'rescoring_not_found', detail: 'There is none.' })),
    );
    await expect(followRescoring(cli, client, 'flowers', 2)).rejects.toMatchObject({ code: 'rescoring_not_found' });
  });

  it.each([
    ['ends', ended],
    ['breaks', (response: ServerResponse) => response.destroy()],
  ] as const)('says that the stream %s early', async (_how, end) => {
    await expect(
      followTraining(cli, await streaming([['progress', training]], end), 'flowers', '5'),
    ).rejects.toMatchObject({ code: 'service_unreachable' });
    await expect(
      followRescoring(cli, await streaming([['progress', scoring]], end), 'flowers', 2),
    ).rejects.toMatchObject({ code: 'service_unreachable', message: expect.stringContaining('do not use') as string });
  });

  it("throws what the stream's error event says", async () => {
    const events: [string, object][] = [['error', { code: 'classifier_not_found', detail: 'It was deleted.' }]];
    await expect(followRescoring(cli, await streaming(events, ended), 'flowers', 2)).rejects.toMatchObject({
      code: 'classifier_not_found',
      message: 'It was deleted.',
    });
  });

  it('ends with what it was interrupted by', async () => {
    const interruption = new AbortController();
    const reason = new Error('Stopped.');
    const client = await streaming([['progress', scoring]], () => interruption.abort(reason));
    await expect(followRescoring(cliWith(interruption.signal), client, 'flowers', 2)).rejects.toBe(reason);
  });

  it('ends with what it was interrupted by before it began', async () => {
    const interruption = new AbortController();
    const reason = new Error('Stopped.');
    let asked = 0;
    const refuse = (response: ServerResponse) => {
      // The first time it is tried again, so that a second one comes.
      if (++asked === 2) interruption.abort(reason);
      else away(response);
    };
    const client = await streaming([], ended, refuse, Infinity);
    await expect(followRescoring(cliWith(interruption.signal), client, 'flowers', 2)).rejects.toBe(reason);
    expect(asked).toBe(2);
  });

  it('ends with what it was interrupted by while a refusal is read', async () => {
    const interruption = new AbortController();
    const reason = new Error('Stopped.');
    const client = await streaming([], ended, (response) => response.writeHead(503).write('{'));
    const real = fetch;
    vi.stubGlobal('fetch', async (...asked: Parameters<typeof fetch>) => {
      const response = await real(...asked);
      interruption.abort(reason);
      return response;
    });
    await expect(followRescoring(cliWith(interruption.signal), client, 'flowers', 2)).rejects.toBe(reason);
  });
});
