import type { Command } from 'commander';
import type { Cli } from '../cli.js';
import type { Check, CheckStatus } from '../doctor/check.js';
import { examine } from '../doctor/examine.js';
import { EXIT } from '../exit-codes.js';

const MARK: Readonly<Record<CheckStatus, string>> = { ok: '✓', warning: '!', problem: '✗' };

export function addDoctor(program: Command, cli: Cli): void {
  program
    .command('doctor')
    .description('Looks whether this machine has what Likeness needs, and says how to mend what it lacks.')
    .addHelpText('after', '\nExit code 1 when something must be mended. Starts nothing and changes nothing.\n')
    .action(async () => {
      const checks = await examine(cli.settings());
      const ok = checks.every(({ status }) => status !== 'problem');
      cli.terminal.result({ ok, checks }, doctorText(checks, ok));
      cli.exitCode = ok ? EXIT.ok : EXIT.error;
    });
}

export function doctorText(checks: readonly Check[], ok: boolean): string {
  const width = Math.max(...checks.map(({ name }) => name.length));
  const lines = checks.flatMap(({ name, status, detail, remedy }) => [
    `${MARK[status]} ${name.padEnd(width)}  ${detail}`,
    ...(remedy === undefined ? [] : [`  ${' '.repeat(width)}  → ${remedy}`]),
  ]);
  return [...lines, ok ? 'Likeness can run here.' : 'Likeness cannot run here until this is mended.'].join('\n');
}
