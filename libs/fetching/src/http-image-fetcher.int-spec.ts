import http, { type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseAllowList } from './allow-list.js';
import { HttpImageFetcher, type FetchOptions } from './http-image-fetcher.js';
import { ServerStumbled } from './image-fetcher.js';

/** Stands in for the internet: opened by the allow-list. Everything else on loopback has to stay out of reach. */
const OPEN = '127.0.0.2';
const SECRET = '127.0.0.1';

let open: Server;
let secret: Server;
let port: number;
let visits: string[] = [];
let routes: Record<string, RequestListener> = {};

const listen = (server: Server, host: string, wanted: number) =>
  new Promise<number>((resolve, reject) => {
    server.once('error', reject);
    server.listen(wanted, host, () => resolve((server.address() as AddressInfo).port));
  });

beforeAll(async () => {
  open = http.createServer((request, response) => {
    const route = routes[request.url ?? ''];
    if (route) route(request, response);
    else response.end(`open ${request.headers.host}`);
  });
  secret = http.createServer((request, response) => {
    visits.push(request.url ?? '');
    response.end('secret');
  });
  // The same port at both addresses, so that a name alone decides where a URL leads.
  port = await listen(open, OPEN, 0);
  await listen(secret, SECRET, port);
});
afterAll(async () => {
  for (const server of [open, secret]) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});

function fetcher(options: Partial<FetchOptions> = {}): HttpImageFetcher {
  visits = [];
  return new HttpImageFetcher({
    enabled: true,
    allowed: parseAllowList([OPEN]),
    maxBytes: 1000,
    timeoutMs: 10_000,
    ...options,
  });
}

const refused = { code: 'url_refused' };

describe('what may be fetched', () => {
  test('comes with the address it came from', async () => {
    const { bytes, url } = await fetcher().fetch(`http://${OPEN}:${port}/a.jpg#top`);
    expect(bytes.toString()).toBe(`open ${OPEN}:${port}`);
    expect(url).toBe(`http://${OPEN}:${port}/a.jpg`);
  });

  test('by name, resolved once; the Host header still says the name', async () => {
    const asked: string[] = [];
    const resolve = (host: string) => Promise.resolve((asked.push(host), [OPEN]));
    const { bytes } = await fetcher({ resolve }).fetch(`http://photos.example:${port}/a.jpg`);
    expect(bytes.toString()).toBe(`open photos.example:${port}`);
    expect(asked).toEqual(['photos.example']);
  });

  test('after redirects, relative ones too', async () => {
    routes = {
      '/1': (_, response) => response.writeHead(302, { location: '2' }).end(),
      '/2': (_, response) => response.writeHead(308, { location: `http://${OPEN}:${port}/3` }).end(),
    };
    expect((await fetcher().fetch(`http://${OPEN}:${port}/1`)).url).toBe(`http://${OPEN}:${port}/3`);
  });
});

describe('an address that is not public', () => {
  test.each([
    'http://127.0.0.1',
    'http://localhost',
    'http://[::1]',
    'http://[::ffff:127.0.0.1]',
    'http://[::ffff:7f00:1]',
    'http://[64:ff9b::7f00:1]',
    'http://2130706433',
    'http://0x7f.1',
    'http://0177.0.0.1',
    'http://127.1',
    'http://0.0.0.0',
    'http://169.254.169.254',
    'http://[fd00:ec2::254]',
    'http://10.0.0.1',
    'http://8.8.8.8',
  ])('%s is refused, and nothing connects', async (origin) => {
    const fetching = fetcher().fetch(`${origin}:${port}/latest/meta-data`);
    await expect(fetching).rejects.toMatchObject(refused);
    await expect(fetching).rejects.not.toMatchObject({ message: expect.stringContaining('127.0.0.1 ') });
    expect(visits).toEqual([]);
  });

  test('is refused without any setting, on every listener of this machine', async () => {
    const plain = fetcher({ allowed: parseAllowList([]) });
    for (const host of [OPEN, SECRET, 'localhost'])
      await expect(plain.fetch(`http://${host}:${port}/`)).rejects.toMatchObject(refused);
    expect(visits).toEqual([]);
  });

  test('is refused behind a name, and where a name has a good address as well', async () => {
    for (const addresses of [[SECRET], [OPEN, SECRET], ['::1'], [OPEN, '::ffff:127.0.0.1'], ['fe80::1%lo']]) {
      const resolve = () => Promise.resolve(addresses);
      await expect(fetcher({ resolve }).fetch(`http://trap.example:${port}/`)).rejects.toMatchObject(refused);
    }
    expect(visits).toEqual([]);
  });

  test('is refused as the aim of a redirect', async () => {
    for (const location of [
      `http://${SECRET}:${port}/x`,
      `//localhost:${port}/x`,
      `http://[::1]:${port}/x`,
      'http://169.254.169.254/latest',
    ]) {
      routes = { '/r': (_, response) => response.writeHead(302, { location }).end() };
      await expect(fetcher().fetch(`http://${OPEN}:${port}/r`)).rejects.toMatchObject(refused);
    }
    expect(visits).toEqual([]);
  });
});

describe('a name whose address changes', () => {
  /** Answers a good address first, and ever after what only this machine can reach. */
  const rebinding = () => {
    let asked = 0;
    return { resolve: () => Promise.resolve([asked++ === 0 ? OPEN : SECRET]), count: () => asked };
  };

  test('is connected to at the address that was checked', async () => {
    const { resolve, count } = rebinding();
    const { bytes } = await fetcher({ resolve }).fetch(`http://rebind.example:${port}/`);
    expect(bytes.toString()).toBe(`open rebind.example:${port}`);
    expect(count()).toBe(1);
    expect(visits).toEqual([]);
  });

  test('is checked again when it redirects to itself', async () => {
    routes = { '/again': (_, response) => response.writeHead(302, { location: '/x' }).end() };
    const { resolve, count } = rebinding();
    await expect(fetcher({ resolve }).fetch(`http://rebind.example:${port}/again`)).rejects.toMatchObject(refused);
    expect(count()).toBe(2);
    expect(visits).toEqual([]);
  });
});

describe('what is no use', () => {
  test.each([
    ['ftp://example.org/a.jpg', 'url_invalid'],
    ['file:///etc/passwd', 'url_invalid'],
    ['data:image/png;base64,AAAA', 'url_invalid'],
    ['gopher://127.0.0.1/', 'url_invalid'],
    ['http://user:word@example.org/', 'url_invalid'],
    ['a.jpg', 'url_invalid'],
    ['', 'url_invalid'],
  ])('%s', async (url, code) => {
    await expect(fetcher().fetch(url)).rejects.toMatchObject({ code });
  });

  test('a redirect to another protocol, or to one with a password', async () => {
    for (const location of ['file:///etc/passwd', `http://a:b@${OPEN}:${port}/`]) {
      routes = { '/r': (_, response) => response.writeHead(302, { location }).end() };
      await expect(fetcher().fetch(`http://${OPEN}:${port}/r`)).rejects.toMatchObject({ code: 'url_invalid' });
    }
  });

  test('redirects without end', async () => {
    let followed = 0;
    routes = { '/r': (_, response) => void (followed++, response.writeHead(302, { location: '/r' }).end()) };
    await expect(fetcher().fetch(`http://${OPEN}:${port}/r`)).rejects.toMatchObject({ code: 'url_fetch_failed' });
    expect(followed).toBe(6);
  });

  test('a body that is longer than allowed, whether it says so or not', async () => {
    let sent = 0;
    routes = {
      '/said': (_, response) => response.writeHead(200, { 'content-length': 5000 }).end(Buffer.alloc(5000)),
      '/endless': (_, response) => {
        const more = () => {
          sent += 400;
          if (!response.destroyed) response.write(Buffer.alloc(400), more);
        };
        more();
      },
    };
    for (const path of ['/said', '/endless'])
      await expect(fetcher().fetch(`http://${OPEN}:${port}${path}`)).rejects.toMatchObject({ code: 'image_too_large' });
    expect(sent).toBeGreaterThan(1000);
  });

  test('bytes that drip, headers that never come', async () => {
    routes = {
      '/drip': (_, response) => {
        const timer = setInterval(() => response.write('x'), 20);
        response.on('close', () => clearInterval(timer));
      },
      '/silent': () => undefined,
    };
    for (const path of ['/drip', '/silent'])
      await expect(fetcher({ timeoutMs: 300 }).fetch(`http://${OPEN}:${port}${path}`)).rejects.toMatchObject({
        code: 'url_too_slow',
      });
  });

  test('another status, an encoding that could hide a bomb, nothing at all, nobody there', async () => {
    routes = {
      '/404': (_, response) => response.writeHead(404).end('no'),
      '/gzip': (_, response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end('x'),
      '/empty': (_, response) => response.end(),
      '/cut': (_, response) => {
        response.writeHead(200, { 'content-length': 100 }).write('x', () => response.destroy());
      },
    };
    const at = (path: string) => fetcher().fetch(`http://${OPEN}:${port}${path}`);
    await expect(at('/404')).rejects.toMatchObject({
      code: 'url_fetch_failed',
      message: expect.stringContaining('404'),
    });
    await expect(at('/gzip')).rejects.toMatchObject({ code: 'url_fetch_failed' });
    await expect(at('/empty')).rejects.toMatchObject({ code: 'image_empty' });
    await expect(at('/cut')).rejects.toMatchObject({ code: 'url_fetch_failed' });
    await expect(fetcher().fetch(`http://${OPEN}:1/`)).rejects.toMatchObject({
      code: 'url_fetch_failed',
      message: expect.stringContaining('ECONNREFUSED'),
    });
    const resolve = () => Promise.reject(new Error('ENOTFOUND'));
    await expect(fetcher({ resolve }).fetch('http://nowhere.example/')).rejects.toMatchObject({
      code: 'url_fetch_failed',
    });
  });

  test('is told apart by whether the server may well answer later', async () => {
    routes = {
      '/404': (_, response) => response.writeHead(404).end(),
      '/429': (_, response) => response.writeHead(429).end(),
      '/503': (_, response) => response.writeHead(503).end(),
      '/gzip': (_, response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end('x'),
      '/cut': (_, response) => {
        response.writeHead(200, { 'content-length': 100 }).write('x', () => response.destroy());
      },
      '/silent': () => undefined,
    };
    const stumbled = async (url: string) =>
      (await fetcher({ timeoutMs: 300 })
        .fetch(url)
        .catch((error: unknown) => error)) instanceof ServerStumbled;
    for (const path of ['/429', '/503', '/cut', '/silent'])
      expect([path, await stumbled(`http://${OPEN}:${port}${path}`)]).toEqual([path, true]);
    expect(await stumbled(`http://${OPEN}:1/`)).toBe(true);
    for (const path of ['/404', '/gzip'])
      expect([path, await stumbled(`http://${OPEN}:${port}${path}`)]).toEqual([path, false]);
  });

  test('anything, while it is switched off', async () => {
    await expect(fetcher({ enabled: false }).fetch(`http://${OPEN}:${port}/`)).rejects.toMatchObject({
      code: 'url_fetch_disabled',
    });
  });
});

test('a fetch that is not wanted any more ends, and so do those that wait for their turn', async () => {
  let asked = 0;
  const abort = new AbortController();
  routes = { '/silent': () => void (++asked === 8 && abort.abort(new Error('enough'))) };
  const own = fetcher();
  const fetches = Array.from({ length: 20 }, () => own.fetch(`http://${OPEN}:${port}/silent`, abort.signal));
  for (const end of await Promise.allSettled(fetches))
    expect(end).toMatchObject({ status: 'rejected', reason: { message: 'enough' } });
  expect(asked).toBe(8);
});
