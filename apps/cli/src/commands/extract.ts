import path from 'node:path';
import { type Command, InvalidArgumentError } from 'commander';
import type { ExtractionProgress, ExtractionReport } from '#libs/search';
import { FEATURE_ENDINGS } from '../choices.js';
import type { Cli } from '../cli.js';
import { EXIT } from '../exit-codes.js';
import type { Terminal } from '../terminal.js';

interface ExtractOptions {
  readonly encoder?: string;
  readonly tap?: string;
  readonly out: string;
}

/** Milliseconds between two lines of progress where one line cannot be written over and over. */
const LINE_EVERY_MS = 10_000;

const HELP = `
Needs no service and no database. The ending of --out names the format: .npy (float32, one row a picture), .parquet
(columns id and vector) or .ndjson. Beside it, NAME.ids.txt has the path of each row relative to the folder. Rows are sorted
by path; the vectors are those of the network, not normalised. Files that are no picture are named on stderr and left out
(exit code 3). An interrupted run goes on where it stopped when the same command is given again.

Examples:
  likeness extract ~/Pictures --out features.npy
  likeness extract ~/Pictures --encoder resnet50 --tap logits --out logits.parquet
`;

export function addExtract(program: Command, cli: Cli): void {
  program
    .command('extract')
    .description('Writes the vectors of all images of a folder into a file, without the service.')
    .argument('<dir>', 'folder, with all below it')
    .requiredOption('--out <file>', 'file to write: .npy, .parquet or .ndjson', outputFile)
    .option('--encoder <name>', 'the model (default: LIKENESS_ENCODER)')
    .option('--tap <name>', 'where the vector is taken (default: LIKENESS_TAP)')
    .addHelpText('after', HELP)
    .action(async (dir: string, options: ExtractOptions) => {
      const { terminal, signal } = cli;
      const settings = cli.settings({ LIKENESS_ENCODER: options.encoder, LIKENESS_TAP: options.tap });
      const { loadEncoder } = await import('#libs/encoder');
      const { SharpImageDecoder } = await import('#libs/imaging');
      const { ExtractFeatures } = await import('#libs/search');
      const order = { root: path.resolve(dir), out: path.resolve(options.out), tap: settings.encoder.tap };
      const encoder = await loadEncoder(
        { ...settings.encoder, dataDir: settings.data.dir },
        { note: (line) => terminal.note(line) },
      );
      try {
        const use = new ExtractFeatures(encoder, new SharpImageDecoder(settings.limits), settings.limits);
        const report = await use.extract(order, signal, progressOn(terminal));
        for (const { id, code, detail } of report.leftOut) terminal.note(`left out ${id}: ${detail} (${code})`);
        const { name, fingerprint } = encoder.info;
        terminal.result(
          { encoder: name, fingerprint, tap: order.tap, ...report },
          summary(report, `${name}, ${order.tap}`),
        );
        cli.exitCode = report.leftOut.length > 0 ? EXIT.someFailed : EXIT.ok;
      } finally {
        await encoder.close();
      }
    });
}

function outputFile(text: string): string {
  const ending = path.extname(text).toLowerCase();
  if (FEATURE_ENDINGS.some((known) => known === ending)) return text;
  throw new InvalidArgumentError(`Expected a file that ends in one of ${FEATURE_ENDINGS.join(', ')}.`);
}

function summary({ out, ids, rows, dimension, resumed, leftOut }: ExtractionReport, from: string): string {
  const before = resumed > 0 ? `, ${resumed} of them from an earlier run` : '';
  const without = leftOut.length > 0 ? `; ${leftOut.length} files left out` : '';
  return `${rows} rows of ${dimension} components (${from})${before}${without}\n${out}\n${ids}`;
}

function progressOn(terminal: Terminal): (progress: ExtractionProgress) => void {
  const started = performance.now();
  let last = started;
  let before: number | undefined;
  return ({ total, done, leftOut }) => {
    before ??= done;
    const now = performance.now();
    if (!terminal.interactive && now - last < LINE_EVERY_MS) return;
    last = now;
    const rate = (done - before) / Math.max(0.001, (now - started) / 1000);
    const line = `${done} of ${total} images, ${leftOut} left out, ${rate.toFixed(0)} images/s`;
    if (terminal.interactive) terminal.status(line);
    else terminal.note(line);
  };
}
