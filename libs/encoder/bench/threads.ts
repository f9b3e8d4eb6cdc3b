/**
 * How should the cores given to encoding be used? Compares sessions × threads within a run, bare and through the
 * port, in short turns within one process, since only ratios of one run mean anything on a shared machine; CPU time
 * for an image and the best turn suffer least from what else runs there.
 *
 *   npm run build && node dist/libs/encoder/bench/threads.js [seconds per cell] [rounds]
 */
import { availableParallelism } from 'node:os';
import { BUNDLED_ENCODER } from '#libs/config';
import { ThreadClient, workerUrl } from '#libs/threads';
import { findModel, modelRoots } from '../src/model-folder.js';
import { startOnnxEncoder } from '../src/runtimes/onnx/start-onnx-encoder.js';
import type { RawLoop } from './raw-loop.worker.js';

const milliseconds = Number(process.argv[2] ?? 0.3) * 1000;
const rounds = Number(process.argv[3] ?? 15);
const cores = availableParallelism();
const model = await findModel(BUNDLED_ENCODER, modelRoots('data'));
const side = model.manifest.input.view.size;

interface Cell {
  readonly name: string;
  readonly batch: number;
  /** Works for `milliseconds`; answers the number of pictures done. */
  run(): Promise<number>;
  readonly rates: number[];
  readonly cpu: number[];
}

const closers: (() => Promise<unknown>)[] = [];
const cells: Cell[] = [];
const addCell = (name: string, batch: number, run: () => Promise<number>) =>
  cells.push({ name, batch, run, rates: [], cpu: [] });

async function addRaw(workers: number, threads: number, spinning: boolean): Promise<void> {
  for (const batch of [1, 8, 16]) {
    const clients = Array.from(
      { length: workers },
      () =>
        new ThreadClient<RawLoop>(workerUrl(import.meta.url, './raw-loop.worker.js'), {
          name: 'raw',
          crashCode: 'encoder_failed',
        }),
    );
    const input = { input: 'image', output: 'penultimate', format: model.manifest.input, side, batch } as const;
    const options = { onnxFile: model.files.onnx ?? '', ...input, intraOpThreads: threads, spinning };
    await Promise.all(clients.map((client) => client.call('load', [options])));
    closers.push(...clients.map((client) => () => client.terminate()));
    addCell(`raw, ${workers} × ${threads}${spinning ? ', spinning' : ''}`, batch, async () => {
      const done = await Promise.all(clients.map((client) => client.call('loop', [milliseconds])));
      return batch * done.reduce((sum, runs) => sum + runs, 0);
    });
  }
}

async function addPort(workers: number, threads: number): Promise<void> {
  for (const batch of [1, 8, 16]) {
    const encoder = await startOnnxEncoder(model, { workers, intraOpThreads: threads, maxBatch: batch });
    closers.push(() => encoder.close());
    addCell(`port, ${workers} × ${threads}`, batch, async () => {
      const data = Uint8Array.from({ length: 3 * side * side }, (_, i) => (i * 31) & 255);
      const end = performance.now() + milliseconds;
      let done = 0;
      const caller = async () => {
        while (performance.now() < end) {
          await encoder.encode({ width: side, height: side, data }, ['penultimate']);
          done++;
        }
      };
      // Twice as many callers as are being served, so that the next batch waits when a worker comes free.
      await Promise.all(Array.from({ length: 2 * workers * batch }, caller));
      return done;
    });
  }
}

await addRaw(cores, 1, false);
await addRaw(1, cores, false);
await addRaw(1, cores, true);
await addRaw(1, 1, false);
await addPort(cores, 1);
await addPort(1, cores);

for (let round = 0; round < rounds; round++) {
  for (const cell of cells) {
    const cpu = process.cpuUsage();
    const start = performance.now();
    const done = await cell.run();
    const used = process.cpuUsage(cpu);
    cell.rates.push((1000 * done) / (performance.now() - start));
    cell.cpu.push((used.user + used.system) / 1000 / done);
  }
}
await Promise.all(closers.map((close) => close()));

const median = (values: number[]) => values.toSorted((a, b) => a - b)[values.length >> 1] ?? NaN;
process.stdout.write(`Median of ${rounds} rounds of ${milliseconds / 1000} s, ${cores} cores, sessions × threads\n\n`);
process.stdout.write('| way | batch | images/s | best | CPU ms/image |\n| --- | --- | --- | --- | --- |\n');
for (const { name, batch, rates, cpu } of cells) {
  process.stdout.write(
    `| ${name} | ${batch} | ${median(rates).toFixed(0)} | ${Math.max(...rates).toFixed(0)} | ${median(cpu).toFixed(2)} |\n`,
  );
}
