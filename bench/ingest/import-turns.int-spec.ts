import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { BenchService } from '../lib/bench-service.js';
import type { Child } from '../lib/child.js';
import type { LoadGenerator } from '../lib/load-generator.js';
import { ImportTurns } from './import-turns.js';

const COUNT = 3;
const AT = new Date(0).toISOString();
const DONE = {
  id: '1',
  status: 'done',
  createdAt: AT,
  finishedAt: new Date(1000).toISOString(),
  total: COUNT,
  outcomes: { added: COUNT },
};

let work: string;
let server: Server;
/** What happened, in its order. */
const happened: string[] = [];

/** A process that notes what it is told, and how many copies there were then. */
function noting<S extends object>(): Pick<Child<S>, 'call'> {
  const call = async (method: string): Promise<unknown> => {
    const folders = (await readdir(work, { withFileTypes: true })).filter((entry) => entry.isDirectory());
    const copies = await Promise.all(folders.map(({ name }) => readdir(path.join(work, name))));
    happened.push(`${method}, ${copies.flat().length} copies`);
    return undefined;
  };
  return { call } as unknown as Pick<Child<S>, 'call'>;
}

beforeAll(async () => {
  work = await mkdtemp(path.join(tmpdir(), 'likeness-import-turns-'));
  await writeFile(path.join(work, 'photo.jpg'), 'a picture');
  server = createServer((request, response) => {
    if (request.method === 'POST') happened.push('import');
    response.end(JSON.stringify(request.method === 'POST' ? DONE : { images: [{ id: '7' }] }));
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
});
beforeEach(() => void happened.splice(0));
afterAll(async () => {
  await new Promise((closed) => server.close(closed));
  await rm(work, { recursive: true, force: true });
});

test('searches are counted from when the copies are there to when the import has ended', async () => {
  const photos = { files: [path.join(work, 'photo.jpg')], count: COUNT, imports: 3, work };
  const turns = new ImportTurns(noting<BenchService>(), noting<LoadGenerator>(), port(), photos);
  const turn = await turns.importingAndSearching('busy', 4);
  expect(turn.imagesPerSecond).toBe(COUNT);
  expect(happened).toEqual([
    'prepare, 0 copies',
    `begin, ${COUNT} copies`,
    `reset, ${COUNT} copies`,
    'import',
    `spent, ${COUNT} copies`,
    `finish, ${COUNT} copies`,
  ]);
});

const port = (): number => (server.address() as AddressInfo).port;
