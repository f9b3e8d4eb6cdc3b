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
Compares the ids of catalogue and index, searches a sample of vectors for themselves, and checks fingerprints and the
checksums of the index files. Exit code 4 when there are differences that were not repaired.

Examples:
  likeness verify
  likeness verify --deep          every vector, and every original against its checksum
  likeness verify --repair        rebuild what differs from the catalogue
`;

export function addVerify(program: Command, cli: Cli): void {
  program
    .command('verify')
    .description('Proves that the index equals the catalogue, and can repair it.')
    .option('--repair', 'mend what differs')
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
    const rest = check.problems.length - PROBLEMS_SHOWN;
    return [
      `${check.ok ? '✓' : '✗'} ${nameOf(check)}: ${formatCount(check.checked)} checked`,
      ...check.problems.slice(0, PROBLEMS_SHOWN).map((problem) => `    ${problem}`),
      ...(rest > 0 ? [`    … and ${formatCount(rest)} more (all with --json)`] : []),
    ];
  });
  return [...lines, verdict(report)].join('\n');
}

/** The space in use is not named. */
function nameOf({ name, space }: VerifyReport['checks'][number]): string {
  const what = name === 'files' ? 'index files' : name;
  return space === undefined ? what : `${what} of ${space}`;
}

function verdict(report: VerifyReport): string {
  if (report.repaired)
    return report.ok ? 'There were differences; they are repaired.' : 'Some differences could not be repaired.';
  return report.ok ? 'Index and catalogue are equal.' : 'There are differences: `likeness verify --repair` mends them.';
}
