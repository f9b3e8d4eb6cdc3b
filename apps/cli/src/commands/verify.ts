import type { Command } from 'commander';
import type { VerifyReport } from '#libs/search';
import type { Cli } from '../cli.js';
import { EXIT } from '../exit-codes.js';
import { formatCount } from '../format/quantities.js';
import { orInterrupted } from '../interruption.js';
import type { VerifyChoices } from '../service/service.js';
import { withService } from '../service/with-service.js';

/** Problems of one check that the text names. */
const PROBLEMS_SHOWN = 10;

const HELP = `
Compares the ids of catalogue and index, searches a sample of vectors for themselves, checks the checksums of the index
files, and looks whether every original is there. Exit code 4 when there are differences that were not repaired.

Examples:
  likeness verify
  likeness verify --deep          every vector, and every original against its checksum
  likeness verify --repair        rebuild an index that differs from the catalogue
`;

export function addVerify(program: Command, cli: Cli): void {
  program
    .command('verify')
    .description('Proves that the index equals the catalogue, and can repair it.')
    .option('--repair', 'make an index that differs anew; no original can be made again')
    .option('--deep', 'check everything instead of a sample')
    .addHelpText('after', HELP)
    .action(async ({ repair, deep }: VerifyChoices) => {
      await withService(cli, {}, async (service) => {
        const report = await orInterrupted(service.verify({ repair, deep }), cli.signal);
        cli.terminal.result(report, verifyText(report));
        cli.exitCode = report.ok ? EXIT.ok : EXIT.differences;
      });
    });
}

export function verifyText(report: VerifyReport): string {
  const lines = report.checks.flatMap((check) => {
    const shown = check.problems.slice(0, PROBLEMS_SHOWN);
    const rest = check.wrong - shown.length;
    return [
      `${check.ok ? '✓' : '✗'} ${nameOf(check)}: ${formatCount(check.checked)} checked`,
      ...shown.map((problem) => `    ${problem}`),
      ...(rest > 0 ? [`    … and ${formatCount(rest)} more`] : []),
    ];
  });
  return [...lines, ...verdicts(report)].join('\n');
}

/** The space in use is not named. */
function nameOf({ name, space }: VerifyReport['checks'][number]): string {
  const what = name === 'files' ? 'index files' : name;
  return space === undefined ? what : `${what} of ${space}`;
}

/** What there is to do about each kind of failure: only an index can be made again. */
function verdicts({ ok, repaired, checks }: VerifyReport): string[] {
  if (ok) return [repaired ? 'There were differences; they are repaired.' : 'Index and catalogue are equal.'];
  const failed = new Set(checks.filter((check) => !check.ok).map(({ name }) => name));
  const verdicts: string[] = [];
  if (failed.delete('originals')) {
    verdicts.push('Originals are missing or damaged: bring the files back, or delete those images.');
  }
  if (failed.delete('findable')) {
    verdicts.push('Vectors of only zeros cannot be found by any search, nor mended: delete those images.');
  }
  if (failed.delete('backfill')) {
    verdicts.push('Some images are not embedded yet: a running service does that by itself, in the background.');
  }
  if (failed.delete('embeddable')) {
    verdicts.push(
      'Some images cannot be embedded, and no search finds them: bring the originals back, or delete those images. A running service tries them again.',
    );
  }
  if (failed.size === 0) return verdicts;
  return [
    repaired
      ? 'Some differences of the index could not be repaired.'
      : 'The index differs from the catalogue: `likeness verify --repair` mends it.',
    ...verdicts,
  ];
}
