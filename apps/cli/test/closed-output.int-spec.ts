import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { processesOf } from '../../../test/fault/folder-processes.js';
import { environment, Likeness } from './run-likeness.js';

const START_MS = 240_000;

let folder: string;
let service: Likeness;

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'likeness-closed-'));
});

afterEach(async () => {
  service.signal('SIGKILL');
  await service.end();
  await rm(folder, { recursive: true, force: true });
});

/** Starts a service. @returns its address */
async function start(env: NodeJS.ProcessEnv = {}): Promise<string> {
  service = new Likeness(['start', '--port', '0', '--data', path.join(folder, 'data')], {
    cwd: folder,
    env: { ...environment, LIKENESS_ENCODER_THREADS: '1', ...env },
  });
  const [, url = ''] = await service.says(/Likeness is ready: (http:\/\/\S+) /);
  return url;
}

describe('a service that nobody reads any more', { timeout: START_MS }, () => {
  it.each(['SIGHUP', 'SIGTERM'] as const)('stops in order at a %s', async (signal) => {
    await start();
    service.stopReading('stdout', 'stderr');
    service.signal(signal);
    expect(await service.end()).toMatchObject({ code: 0 });
    expect(await processesOf(folder)).toEqual([]);
  });

  it('stops in order when a line of its log finds nobody', async () => {
    const url = await start({ LIKENESS_LOG_FORMAT: 'text' });
    service.stopReading('stdout');
    await fetch(`${url}/v1/stats`).catch(() => undefined);
    const { code, stderr } = await service.end();
    expect(stderr).toMatch(/Stopping: .*\n(.*\n)*Stopped\.\n$/);
    expect(code).toBe(0);
    expect(await processesOf(folder)).toEqual([]);
  });
});
