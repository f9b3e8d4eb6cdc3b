import { createHash, randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { tiny } from '../import/__fixtures__/small-networks.js';
import type { Preset } from '../presets/preset.js';
import { findPreset } from '../presets/presets.js';
import { downloadFile } from './download-file.js';
import { pullModel } from './pull-model.js';

const BODY = randomBytes(300_000);
const SHA256 = createHash('sha256').update(BODY).digest('hex');
const patience = { idle: 2000, retry: 5 };

let folder: string;
let target: string;
let server: Server;
/** Range headers as they came, '' for none. */
let ranges: string[];
let answer: (request: IncomingMessage, response: ServerResponse) => void;

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'likeness-download-'));
  target = path.join(folder, 'file.onnx');
  ranges = [];
  server = createServer((request, response) => {
    ranges.push(request.headers.range ?? '');
    answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await rm(folder, { recursive: true });
});

const url = (name = 'file.onnx') => `http://127.0.0.1:${(server.address() as AddressInfo).port}/${name}`;

/** Serves ranges; cuts the connection after `cut` bytes of each answer. */
function serve({
  etag = '"one"',
  cut = Infinity,
  ranged = true,
}: { etag?: string; cut?: number; ranged?: boolean } = {}) {
  answer = ({ headers }, response) => {
    const [, start = '0'] = /^bytes=(\d+)-$/.exec(headers.range ?? '') ?? [];
    const sameVersion = headers['if-range'] === undefined || headers['if-range'] === etag;
    const from = ranged && sameVersion ? Number(start) : 0;
    if (from >= BODY.length) {
      response.writeHead(416, { 'content-range': `bytes */${BODY.length}` }).end();
      return;
    }
    const part = BODY.subarray(from);
    response.writeHead(from > 0 ? 206 : 200, {
      etag,
      'content-length': part.length,
      ...(from > 0 && { 'content-range': `bytes ${from}-${BODY.length - 1}/${BODY.length}` }),
    });
    if (part.length <= cut) response.end(part);
    else response.write(part.subarray(0, cut), () => response.socket?.end());
  };
}

describe('downloadFile', () => {
  it('brings a file, checks it, and leaves nothing beside it', async () => {
    serve();
    expect(await downloadFile({ urls: [url()], target, sha256: SHA256, patience })).toMatchObject({
      sha256: SHA256,
      bytes: BODY.length,
      resumedAt: 0,
    });
    expect((await readFile(target)).equals(BODY)).toBe(true);
    expect(await readdir(folder)).toEqual(['file.onnx']);
  });

  it('goes on by itself where a connection was cut, as long as bytes come', async () => {
    serve({ cut: 50_000 });
    const { sha256 } = await downloadFile({ urls: [url()], target, sha256: SHA256, patience });
    expect(sha256).toBe(SHA256);
    expect(ranges.length).toBeGreaterThan(5);
    expect(ranges[0]).toBe('');
    expect(ranges.slice(1).every((range) => /^bytes=[1-9]\d*-$/.test(range))).toBe(true);
  });

  it('goes on in a later call where an earlier one failed', async () => {
    let calls = 0;
    serve({ cut: 120_000 });
    const cutting = answer;
    answer = (request, response) => (++calls === 1 ? cutting(request, response) : response.destroy());
    await expect(downloadFile({ urls: [url()], target, sha256: SHA256, patience })).rejects.toMatchObject({
      code: 'download_failed',
    });
    const left = (await stat(`${target}.part`)).size;
    expect(left).toBeGreaterThan(0);
    serve();
    ranges = [];
    const { resumedAt } = await downloadFile({ urls: [url()], target, sha256: SHA256, patience });
    expect(resumedAt).toBe(left);
    expect(ranges).toEqual([`bytes=${left}-`]);
    expect((await readFile(target)).equals(BODY)).toBe(true);
  });

  it.each([
    ['another version of the file is served by now', { etag: '"two"' }],
    ['the server knows no ranges', { ranged: false }],
  ])('begins anew where %s', async (_what, options) => {
    await writeFile(`${target}.part`, 'something else altogether');
    await writeFile(`${target}.part.etag`, '"one"');
    serve(options);
    expect((await downloadFile({ urls: [url()], target, sha256: SHA256, patience })).sha256).toBe(SHA256);
  });

  it('takes what is complete already', async () => {
    await writeFile(`${target}.part`, BODY);
    serve();
    expect((await downloadFile({ urls: [url()], target, sha256: SHA256, patience })).resumedAt).toBe(BODY.length);
  });

  it('asks nobody for a file that is there already, unless it is another one', async () => {
    await writeFile(target, BODY);
    serve();
    expect(await downloadFile({ urls: [url()], target, sha256: SHA256, patience })).toMatchObject({
      sha256: SHA256,
      resumedAt: BODY.length,
    });
    expect(ranges).toEqual([]);
    await writeFile(target, 'something else altogether');
    await downloadFile({ urls: [url()], target, sha256: SHA256, patience });
    expect(ranges).toEqual(['']);
    expect((await readFile(target)).equals(BODY)).toBe(true);
  });

  it('refuses a file that is not the published one, and keeps nothing of it', async () => {
    serve();
    const wrong = 'ab'.repeat(32);
    await expect(downloadFile({ urls: [url()], target, sha256: wrong, patience })).rejects.toMatchObject({
      code: 'download_mismatch',
      fields: [{ path: 'sha256', expected: wrong, received: SHA256 }],
    });
    expect(await readdir(folder)).toEqual([]);
  });

  it('fetches a file without a published hash once, however it is asked for again', async () => {
    serve();
    const order = { urls: [url()], target, patience };
    expect(await downloadFile(order)).toMatchObject({ resumedAt: 0 });
    ranges = [];
    const kept = { url: url(), sha256: SHA256, bytes: BODY.length, resumedAt: BODY.length };
    expect(await downloadFile(order)).toEqual(kept);
    serve({ etag: 'W/"weak"' });
    expect(await downloadFile(order)).toEqual(kept);
    answer = (_request, response) => response.writeHead(403).end();
    expect(await downloadFile(order)).toEqual(kept);
    answer = (_request, response) => response.destroy();
    expect(await downloadFile(order)).toEqual(kept);
    expect(ranges.every((range) => range === 'bytes=0-0')).toBe(true);
  });

  it.each([
    ['the server says that it is another one by now', () => serve({ etag: '"two"' })],
    ['it has another length by now', () => (answer = (_request, response) => response.end('something else'))],
    ['it was changed here', () => writeFile(target, 'x'.repeat(BODY.length))],
    ['it was cut short here', () => writeFile(target, 'x')],
    ['what is noted of it is damaged', () => writeFile(`${target}.origin.json`, '{')],
  ])('fetches a file without a published hash anew where %s', async (_what, change) => {
    serve();
    await downloadFile({ urls: [url()], target, patience });
    await change();
    expect(await downloadFile({ urls: [url()], target, patience })).toMatchObject({ resumedAt: 0 });
    expect(ranges.filter((range) => range === '')).toHaveLength(2);
  });

  it('fetches a file without a published hash anew from another address', async () => {
    serve();
    await downloadFile({ urls: [url()], target, patience });
    expect(await downloadFile({ urls: [url('mirror.onnx')], target, patience })).toMatchObject({ resumedAt: 0 });
  });

  it('tries the next address where one has not got it, and says of all why they failed', async () => {
    serve();
    const serving = answer;
    answer = (request, response) =>
      request.url === '/gone.onnx' ? response.writeHead(404).end() : serving(request, response);
    expect((await downloadFile({ urls: [url('gone.onnx'), url()], target, patience })).url).toBe(url());
    await expect(downloadFile({ urls: [url('gone.onnx')], target, patience })).rejects.toMatchObject({
      code: 'download_failed',
      message: /gone\.onnx: the server answered 404/,
    });
  });

  it('stops when asked to', async () => {
    answer = (_request, response) => response.writeHead(200, { 'content-length': 10 }).write('12345');
    const stop = new AbortController();
    const onProgress = () => stop.abort(new Error('stopped'));
    await expect(downloadFile({ urls: [url()], target, signal: stop.signal, onProgress, patience })).rejects.toThrow();
    expect(await readdir(folder)).not.toContain('file.onnx');
  });
});

describe('pullModel', () => {
  const resnet = findPreset('resnet50');
  const inception = findPreset('inception-v3');

  it('says what to do by hand where nothing can be reached', async () => {
    if (!resnet) throw new Error('the preset is gone');
    answer = (_request, response) => response.writeHead(403).end();
    await expect(pullModel({ preset: resnet, url: url() }, folder)).rejects.toMatchObject({
      code: 'download_failed',
      message:
        /Without a network: download .*file\.onnx .*SHA-256 is 3f03fdef.*likeness models import FILE --preset resnet50/,
    });
  });

  it('asks for nothing where the name is taken', async () => {
    if (!resnet) throw new Error('the preset is gone');
    await mkdir(path.join(folder, 'models/resnet50'), { recursive: true });
    await writeFile(path.join(folder, 'models/resnet50/manifest.json'), '{}');
    await expect(pullModel({ preset: resnet, url: url() }, folder)).rejects.toMatchObject({ code: 'model_exists' });
    expect(ranges).toEqual([]);
  });

  it.each(['with', 'without'])(
    'takes what it has already downloaded, %s a digest, where the import failed',
    async (has) => {
      if (!resnet) throw new Error('the preset is gone');
      const bytes = tiny().bytes(['logits']);
      answer = (_request, response) => response.end(bytes);
      const digest = has === 'with' ? createHash('sha256').update(bytes).digest('hex') : undefined;
      const weights = { ...resnet.weights, sha256: digest };
      const preset = {
        ...resnet,
        view: { ...resnet.view, size: 32 },
        dimensions: {},
        rename: undefined,
        weights,
      } as Preset;
      const order = { preset, url: url() };
      const [few, right] = [path.join(folder, 'few.txt'), path.join(folder, 'right.txt')];
      await writeFile(few, 'a\nb\n');
      await writeFile(right, 'a\nb\nc\nd\ne\nf\ng\nh\ni\nj\n');
      await expect(pullModel({ ...order, request: { labels: few } }, folder)).rejects.toMatchObject({
        code: 'model_labels_mismatch',
      });
      const { imported, download } = await pullModel({ ...order, request: { labels: right } }, folder);
      expect(imported.folder.manifest).toMatchObject({ name: 'resnet50', labels: 'labels.txt' });
      expect(download.resumedAt).toBe(bytes.length);
      expect(ranges).toEqual(digest === undefined ? ['', 'bytes=0-0'] : ['']);
      expect(await readdir(path.join(folder, 'models', '.downloads'))).toEqual([]);
    },
    90_000,
  );

  it('says where weights are that have to be exported first', async () => {
    if (!inception) throw new Error('the preset is gone');
    await expect(pullModel({ preset: inception }, folder)).rejects.toMatchObject({
      code: 'download_failed',
      message: /torchvision\.models\.inception_v3.*likeness models import FILE --preset inception-v3/,
    });
    expect(ranges).toEqual([]);
  });
});
