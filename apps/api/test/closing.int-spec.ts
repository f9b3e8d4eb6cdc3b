import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { loadSettings } from '#libs/config';
import { createTestDatabase, type TestDatabase } from '#libs/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { OpenConnections } from '../src/http/open-connections.js';
import { PinoLogger, type RunningApi, startApi } from '../src/index.js';

/** A connection on which these lines have been sent. */
async function opened(port: number, ...lines: string[]): Promise<Socket> {
  const socket = connect(port, '127.0.0.1').on('error', () => undefined);
  await once(socket, 'connect');
  if (lines.length > 0) socket.write(lines.join('\r\n'));
  return socket;
}

describe('a service that stops', () => {
  let database: TestDatabase;
  let folder: string;
  let api: RunningApi;

  beforeAll(async () => {
    database = await createTestDatabase();
    folder = await mkdtemp(path.join(tmpdir(), 'likeness-closing-'));
    const settings = loadSettings({
      DATABASE_URL: database.url,
      LIKENESS_DATA_DIR: folder,
      LIKENESS_PORT: '0',
      LIKENESS_ENCODER_THREADS: '1',
      LIKENESS_LOG_LEVEL: 'silent',
    });
    api = await startApi(settings, new PinoLogger(settings.log));
  });
  afterAll(async () => {
    await database.drop();
    await rm(folder, { recursive: true, force: true });
  });

  test('waits for no silent connection, and answers what has begun', async () => {
    const server = api.app.getHttpServer();
    const { port } = server.address() as AddressInfo;
    const idle = await opened(port, 'GET /health/live HTTP/1.1', 'host: localhost', '', '');
    await once(idle, 'data');
    const silent = await opened(port);
    const unfinished = await opened(port, 'GET /health/live HTTP/1.1', 'host: loc');
    const body = JSON.stringify({ name: 'kept' });
    const received = once(server, 'request');
    const asking = await opened(
      port,
      'POST /v1/collections HTTP/1.1',
      'host: localhost',
      'content-type: application/json',
      `content-length: ${body.length}`,
      '',
      body.slice(0, 5),
    );
    await received;
    const ends = [idle, silent, unfinished].map((socket) => once(socket, 'close'));
    const closed = api.app.close();
    await Promise.all(ends);
    asking.write(body.slice(5));
    expect(await text(asking)).toMatch(/^HTTP\/1\.1 201 [\s\S]*"name":"kept"/);
    await closed;
  });
});

test('a request that has stopped in the middle is waited for only so long', async () => {
  const connections = new OpenConnections();
  const server = createServer();
  connections.follow(server, 20);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const received = once(server, 'request');
  const { port } = server.address() as AddressInfo;
  const stalled = await opened(port, 'POST / HTTP/1.1', 'host: localhost', 'content-length: 9', '', 'half');
  await received;
  const ended = once(stalled, 'close');
  connections.beforeApplicationShutdown();
  await once(await opened(port), 'close');
  await ended;
  await new Promise((resolve) => server.close(resolve));
});
