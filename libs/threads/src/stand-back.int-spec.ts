import { once } from 'node:events';
import { getPriority } from 'node:os';
import { Worker } from 'node:worker_threads';
import { expect, it } from 'vitest';
import { workerUrl } from './worker-url.js';

it.runIf(process.platform === 'linux')('lowers the thread that calls it, and no other', async () => {
  const script = `import(process.argv[2]).then(({ standBack }) => {
    standBack();
    require('node:worker_threads').parentPort.postMessage(require('node:os').getPriority(0));
  });`;
  const worker = new Worker(script, {
    eval: true,
    argv: [workerUrl(import.meta.url, './stand-back.js').href],
    execArgv: [],
  });
  const before = getPriority(0);
  const [lowered] = (await once(worker, 'message')) as [number];
  expect(lowered).toBe(Math.min(19, before + 5));
  expect(getPriority(0)).toBe(before);
  await worker.terminate();
});
