import type { Command } from 'commander';
import { InvalidArgumentError } from 'commander';
import type { Cli } from '../../cli.js';
import { formatBytes } from '../../format/quantities.js';
import { formatTable } from '../../format/table.js';
import { orInterrupted } from '../../interruption.js';
import { decimal } from '../../option-values.js';

interface BenchOptions {
  readonly batches: readonly number[];
  readonly seconds: number;
}

const HELP = `
Images a second from pixels to vectors when there is always a next batch waiting, for every runtime and device that works
here at every batch size; each in a process of its own, whose peak memory is given (that of a GPU is not in it). Decoding
is not measured. Threads are those of LIKENESS_ENCODER_THREADS.

Examples:
  likeness models bench
  likeness models bench resnet50 --batches 1,16 --seconds 10
`;

export function addBench(models: Command, cli: Cli): void {
  models
    .command('bench')
    .description('Measures images a second and peak memory of every runtime and device available here.')
    .argument('[name]', 'the model; default: LIKENESS_ENCODER')
    .option('--batches <sizes>', 'batch sizes, comma-separated', batchSizes, [1, 8, 16])
    .option('--seconds <seconds>', 'how long each is timed', decimal(0.1, 600), 3)
    .addHelpText('after', HELP)
    .action(async (name: string | undefined, { batches, seconds }: BenchOptions) => {
      const { benchModel, findModel, modelRoots, variantName } = await import('#libs/encoder');
      const { encoder, data } = cli.settings();
      const { terminal, signal } = cli;
      const model = await findModel(name ?? encoder.name, modelRoots(data.dir));
      const work = benchModel(model, { threads: encoder.threads, batches, seconds }, ({ variant, batch, rate }) => {
        if (terminal.interactive)
          terminal.status(`${variantName(variant)}, batch ${batch}: ${rate.toFixed(0)} images/s`);
      });
      const benched = await orInterrupted(work, signal);
      const columns = [
        { title: 'runtime and device' },
        { title: 'batch', right: true },
        { title: 'images/s', right: true },
        { title: 'peak memory', right: true },
      ];
      const rows = benched.map(({ variant, batch, rate, peakBytes }) => [
        variantName(variant),
        String(batch),
        rate < 10 ? rate.toFixed(1) : rate.toFixed(0),
        formatBytes(peakBytes),
      ]);
      const title = `${model.manifest.name}, ${encoder.threads} threads, ${seconds} s each`;
      terminal.result(
        { model: model.manifest.name, threads: encoder.threads, seconds, benched },
        `${title}\n\n${formatTable(columns, rows)}`,
      );
    });
}

function batchSizes(text: string): number[] {
  const sizes = text.split(',').map(Number);
  if (sizes.length === 0 || !sizes.every((size) => Number.isInteger(size) && size >= 1 && size <= 256)) {
    throw new InvalidArgumentError('Expected whole numbers from 1 to 256, separated by commas.');
  }
  return sizes;
}
