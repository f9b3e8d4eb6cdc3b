import type { Command } from 'commander';
import type { CheckedVariant } from '#libs/encoder';
import type { Cli } from '../../cli.js';
import { EXIT } from '../../exit-codes.js';
import { formatTable } from '../../format/table.js';
import { orInterrupted } from '../../interruption.js';

const HELP = `
Runs pictures that Likeness draws itself through every runtime and device the model can be executed on here, each in a
process of its own, and compares all vectors with those of the first that works on the CPU. Exit code 4 when one differs
or none works.

Examples:
  likeness models check
  likeness models check resnet50 --json
`;

export function addCheck(models: Command, cli: Cli): void {
  models
    .command('check')
    .description('Compares the runtimes and devices that are available here on golden images.')
    .argument('[name]', 'the model; default: LIKENESS_ENCODER')
    .addHelpText('after', HELP)
    .action(async (name?: string) => {
      const { checkModel, findModel, modelRoots } = await import('#libs/encoder');
      const { encoder, data } = cli.settings();
      const model = await findModel(name ?? encoder.name, modelRoots(data.dir));
      const work = checkModel(model, { threads: encoder.threads, maxBatch: encoder.maxBatch });
      const check = await orInterrupted(work, cli.signal);
      const { precision = 'float32' } = model.manifest;
      const verdict = check.sound
        ? `Every way that works here answers alike (cosine at least ${check.tolerance} for ${precision}).`
        : `Not every way answers alike (cosine at least ${check.tolerance} for ${precision} was expected), or none works.`;
      const { name: modelName } = model.manifest;
      cli.terminal.result(
        { model: modelName, fingerprint: model.fingerprint, precision, ...check },
        `${modelName} ${model.fingerprint}\n\n${await table(check.variants)}\n\n${verdict}`,
      );
      cli.exitCode = check.sound ? EXIT.ok : EXIT.differences;
    });
}

async function table(variants: readonly CheckedVariant[]): Promise<string> {
  const { variantName } = await import('#libs/encoder');
  const columns = [
    { title: 'runtime and device' },
    { title: 'outcome' },
    { title: 'least cosine', right: true },
    { title: 'detail' },
  ];
  const rows = variants.map(({ variant, outcome, agreement, reason, engine }) => [
    variantName(variant),
    outcome,
    agreement === undefined ? '' : agreement.cosine.toFixed(7),
    reason ?? (agreement ? `${engine}; worst: ${agreement.tap} of ${agreement.picture}` : (engine ?? '')),
  ]);
  return formatTable(columns, rows);
}
