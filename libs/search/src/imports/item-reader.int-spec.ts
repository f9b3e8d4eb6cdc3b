import { execFile } from 'node:child_process';
import { mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import http, { type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ClaimedItem, ImportProgress } from '#libs/catalogue';
import { loadSettings } from '#libs/config';
import { HttpImageFetcher, parseAllowList } from '#libs/fetching';
import { ImageTrial } from '#libs/imaging';
import { isUrl, ItemReader } from './item-reader.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'likeness-reader-'));
  await writeFile(path.join(folder, 'a.jpg'), 'bytes');
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** An item of an import that was taken up so often. */
const item = (attempts: number, name: string, size = 5): ClaimedItem => ({
  id: 7,
  importId: 1,
  path: isUrl(name) ? name : path.join(folder, name),
  size,
  modifiedMs: 1,
  attempts,
});

const progress = (): ImportProgress => ({
  id: 1,
  root: folder,
  reference: false,
  removeVanished: false,
  status: 'running',
  error: null,
  createdAt: new Date(),
  finishedAt: null,
  total: 1,
  done: 0,
  failed: 0,
  left: 1,
  outcomes: { added: 0, existing: 0, replaced: 0, unchanged: 0, removed: 0 },
  rate: null,
  etaSeconds: null,
});

/** The signal of a service that goes on. */
const never = new AbortController().signal;

/** A reader that may ask this machine's own servers. */
function readerWith(trial: ImageTrial): ItemReader {
  const allowed = parseAllowList(['127.0.0.1']);
  return new ItemReader(
    loadSettings({}),
    new HttpImageFetcher({ enabled: true, allowed, maxBytes: 100, timeoutMs: 600_000 }),
    trial,
  );
}

/** The reader's answer, and how often it asked for a trial that ends as given. */
async function read(
  attempts: number,
  survives: boolean,
  name = 'a.jpg',
  signal = never,
): Promise<{ answer: unknown; trials: number }> {
  let trials = 0;
  class Trial extends ImageTrial {
    override survives(): Promise<boolean> {
      trials++;
      return Promise.resolve(survives);
    }
  }
  return { answer: await readerWith(new Trial()).read(progress(), item(attempts, name), signal), trials };
}

describe('an item that was in hand when processes ended', () => {
  const good = { itemId: 7, bytes: Buffer.from('bytes') };
  const crashed = { itemId: 7, error: { code: 'image_processing_crashed' } };

  it('is no suspect at first', async () => {
    const { answer, trials } = await read(3, false);
    expect(answer).toMatchObject(good);
    expect(trials).toBe(0);
  });

  it('is tried after that, and used when it passes', async () => {
    const { answer, trials } = await read(4, true);
    expect(answer).toMatchObject(good);
    expect(trials).toBe(1);
    expect((await read(50, true)).answer).toMatchObject(good);
  });

  it('is set aside when it ends the process, or passes and comes back without end', async () => {
    expect((await read(4, false)).answer).toMatchObject(crashed);
    expect(await read(51, true)).toMatchObject({ answer: crashed, trials: 0 });
  });
});

describe('an item that is no regular file', () => {
  it('is refused, and not opened', async () => {
    await promisify(execFile)('mkfifo', [path.join(folder, 'pipe.jpg')]);
    const { answer } = await read(1, true, 'pipe.jpg');
    expect(answer).toMatchObject({ error: { code: 'import_file_unreadable' } });
  });
});

describe('an item that was replaced after it had been listed', () => {
  const { maxFileBytes } = loadSettings({}).limits;
  const survivor = new (class extends ImageTrial {
    override survives = () => Promise.resolve(true);
  })();

  it('is read where it was too large and is not now', async () => {
    const answer = await readerWith(survivor).read(progress(), item(1, 'a.jpg', maxFileBytes + 1), never);
    expect(answer).toMatchObject({ bytes: Buffer.from('bytes'), stamp: { size: maxFileBytes + 1 } });
  });

  it('is refused, and not read, where it is too large now', async () => {
    const grown = item(1, 'grown.jpg');
    await writeFile(grown.path, 'bytes');
    // Nobody can hold so much in memory: whoever read it would say that instead.
    await truncate(grown.path, 2 ** 32);
    const detail = expect.stringContaining('has 4.0 GiB; at most 64.0 MiB are allowed.');
    expect(await readerWith(survivor).read(progress(), grown, never)).toMatchObject({
      error: { code: 'image_too_large', message: detail },
    });
  });
});

describe('an item that lies elsewhere', () => {
  const servers: http.Server[] = [];
  afterAll(() => servers.forEach((server) => (server.closeAllConnections(), server.close())));

  /** A server of its own, and its address. */
  async function serve(answer: RequestListener): Promise<string> {
    const server = http.createServer(answer);
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}/a.jpg`;
  }

  it.each([
    [404, 1],
    [429, 2],
    [503, 2],
  ])('is asked for again where the server stumbles: after %i it has been asked %i times', async (status, times) => {
    let asked = 0;
    const url = await serve((_, response) => response.writeHead(++asked === 1 ? status : 200).end('bytes'));
    const { answer } = await read(1, true, url);
    expect(asked).toBe(times);
    expect(answer).toMatchObject(
      times === 1 ? { error: { code: 'url_fetch_failed' } } : { bytes: Buffer.from('bytes') },
    );
  });

  it.each([
    ['does not answer', () => undefined],
    ['stumbles', (_: unknown, response: http.ServerResponse) => void response.writeHead(503).end()],
  ])('is given up at a stop, although its server %s', async (_, answer) => {
    const stop = new AbortController();
    const url = await serve((request, response) => {
      answer(request, response);
      setImmediate(() => stop.abort());
    });
    const reading = read(1, true, url, stop.signal);
    await expect(reading).rejects.toMatchObject({ code: 'shutting_down' });
  });
});
