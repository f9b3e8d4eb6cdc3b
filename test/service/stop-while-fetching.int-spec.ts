import { writeFile } from 'node:fs/promises';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ImportImages } from '#libs/search';
import { ServiceFixture } from './service-fixture.js';

let service: ServiceFixture;
/** Takes every question and answers none. */
let silent: http.Server;
let asked: () => void;
const firstQuestion = new Promise<void>((resolve) => (asked = resolve));

beforeAll(async () => {
  silent = http.createServer(() => asked());
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  service = await ServiceFixture.create();
});
afterAll(async () => {
  silent.closeAllConnections();
  silent.close();
  await service.drop();
});

it('a stop waits for no server that does not answer, and gives the items back as if they had never been taken', async () => {
  await service.start({ LIKENESS_FETCH_ALLOW: '127.0.0.1', LIKENESS_FETCH_TIMEOUT: '600' });
  const manifest = path.join(service.folder, 'list.csv');
  const { port } = silent.address() as AddressInfo;
  // More than a lane holds in memory at once, so that some have not been begun.
  const rows = Array.from({ length: 40 }, (_, at) => `http://127.0.0.1:${port}/${at}.jpg`);
  await writeFile(manifest, ['url', ...rows].join('\n'));
  const { id } = await service.get(ImportImages).start({ path: manifest });
  await firstQuestion;
  await service.stop();
  await service.start({ LIKENESS_JOBS: 'false' });
  const items = await service.query('SELECT DISTINCT status, attempts FROM import_item WHERE import_id = $1', [id]);
  expect(items).toEqual([{ status: 'pending', attempts: 0 }]);
});
