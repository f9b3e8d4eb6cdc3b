import { once } from 'node:events';
import net from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import { createTestDatabase, type TestDatabase } from '#libs/testing';
import { PgBossJobQueue } from './pg-boss-job-queue.js';
import { PostgresDatabase } from './postgres-database.js';

/** A way to the server that can be cut off, as if PostgreSQL were away, and opened again. */
class Way {
  private readonly sockets = new Set<net.Socket>();
  private readonly listener: net.Server;
  private port = 0;

  constructor(private readonly to: URL) {
    this.listener = net.createServer((socket) => {
      const server = net.connect(Number(to.port), to.hostname);
      for (const [one, other] of [
        [socket, server],
        [server, socket],
      ] as const) {
        this.sockets.add(one);
        one.on('error', () => undefined).on('close', () => other.destroy());
        one.pipe(other);
      }
    });
  }

  async open(): Promise<string> {
    this.listener.listen(this.port, '127.0.0.1');
    await once(this.listener, 'listening');
    ({ port: this.port } = this.listener.address() as net.AddressInfo);
    return Object.assign(new URL(this.to), { hostname: '127.0.0.1', port: String(this.port) }).href;
  }

  async cutOff(): Promise<void> {
    const closed = once(this.listener, 'close');
    this.listener.close();
    for (const socket of this.sockets) socket.destroy();
    this.sockets.clear();
    await closed;
  }
}

const QUEUE = 'work';

let server: TestDatabase;
let way: Way;
let queue: PgBossJobQueue;
const database = new PostgresDatabase();
const told = vi.fn<(error: Error) => void>();
const unhandled = vi.fn();

beforeAll(async () => {
  server = await createTestDatabase();
  await database.connect(server.url, 3);
  process.on('unhandledRejection', unhandled);
});
beforeEach(async () => {
  vi.clearAllMocks();
  way = new Way(new URL(server.url));
  queue = new PgBossJobQueue();
  await queue.open(await way.open(), told);
});
afterEach(async () => {
  await queue.close();
  await way.cutOff().catch(() => undefined);
});
afterAll(async () => {
  process.off('unhandledRejection', unhandled);
  await database.disconnect();
  await server.drop();
});

/** Until pg-boss has tried in vain to say how a job ended, one way or the other. */
const triedInVain = () =>
  vi.waitUntil(
    () => unhandled.mock.calls.length > 0 || told.mock.calls.some(([{ message }]) => /REFUSED/.test(message)),
    {
      timeout: 30_000,
    },
  );
const states = async () =>
  (await database.query<{ state: string }>('SELECT state FROM pgboss.job')).map((one) => one.state);

it.each([
  ['ends well', () => Promise.resolve(), 1],
  ['fails', () => Promise.reject(new Error('the catalogue is away')), 2],
])('a job that %s while the database is away has ended when it is there again', async (_, end, runs) => {
  const handler = vi.fn(async () => {
    if (handler.mock.calls.length > 1) return;
    await way.cutOff();
    await end();
  });
  await queue.work(QUEUE, handler);
  await queue.send(QUEUE, {});
  await triedInVain();
  await way.open();
  await vi.waitUntil(async () => (await states()).every((state) => state === 'completed'), { timeout: 30_000 });
  expect(handler).toHaveBeenCalledTimes(runs);
  expect(unhandled).not.toHaveBeenCalled();
});

it('a job whose time runs out while the database is away runs again', async () => {
  await queue.send(QUEUE, {});
  await database.query(`UPDATE pgboss.job SET expire_in = '1 second' WHERE state = 'created'`);
  let begin: () => void = () => undefined;
  const again = new Promise<void>((resolve) => (begin = resolve));
  const handler = vi.fn(async () => {
    if (handler.mock.calls.length > 1) return begin();
    await way.cutOff();
    await again;
  });
  await queue.work(QUEUE, handler);
  await triedInVain();
  await way.open();
  await again;
  expect(unhandled).not.toHaveBeenCalled();
});

it('works on tables that a process with a newer pg-boss has migrated', async () => {
  await database.query('UPDATE pgboss.version SET version = version + 1');
  const older = new PgBossJobQueue();
  try {
    await older.open(server.url, told);
    const handler = vi.fn(() => Promise.resolve());
    await older.work('for an older process', handler);
    await older.send('for an older process', {});
    await vi.waitUntil(() => handler.mock.calls.length > 0, { timeout: 30_000 });
  } finally {
    await older.close();
    await database.query('UPDATE pgboss.version SET version = version - 1');
  }
  expect(told).not.toHaveBeenCalled();
});

it('sends nothing while the database is away, says so at once, and can be closed', async () => {
  await queue.send(QUEUE, {});
  const handler = vi.fn(async () => {
    await way.cutOff();
    throw new Error('the catalogue is away');
  });
  await queue.work(QUEUE, handler);
  await triedInVain();
  for (const name of [QUEUE, 'another'])
    await expect(queue.send(name, {})).rejects.toMatchObject({ code: 'database_unavailable' });
  await queue.close();
  expect(unhandled).not.toHaveBeenCalled();
});
