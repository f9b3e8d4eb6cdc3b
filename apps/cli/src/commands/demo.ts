import path from 'node:path';
import type { Command } from 'commander';
import type { Cli } from '../cli.js';
import { wholeNumber } from '../option-values.js';

const HELP = `
Without --folder it draws a gallery of its own: several hundred scenes in twelve or more categories. With --folder,
sub-folders are the categories; a part of each, chosen by --seed, is held out and asked with. The data folder is a
temporary one unless --data names another.

Examples:
  npm run demo
  npm run demo -- --folder ~/Pictures/by-species --out /tmp/sheet
`;

interface DemoFlags {
  readonly folder?: string;
  readonly out: string;
  readonly keep?: boolean;
  readonly seed: number;
}

export function addDemo(program: Command, cli: Cli): void {
  program
    .command('demo')
    .description('Imports a gallery, asks with unseen images, measures precision at 5 and writes a contact sheet.')
    .option('--folder <dir>', 'photos of yours instead of drawn images; never changed')
    .option('--out <dir>', 'where the contact sheet goes', 'demo-out')
    .option('--keep', 'keep the drawn images and the temporary data folder')
    .option('--seed <n>', 'another seed draws other images and holds out others', wholeNumber(0, 2 ** 31), 1)
    .addHelpText('after', HELP)
    .action(async ({ folder, out, keep, seed }: DemoFlags) => {
      // Loaded only now: it brings the image library along, which the other commands do without.
      const { runDemo } = await import('../demo/run-demo.js');
      await runDemo(cli, {
        ...(folder !== undefined && { folder: path.resolve(folder) }),
        out: path.resolve(out),
        keep: keep === true,
        seed,
      });
    });
}
