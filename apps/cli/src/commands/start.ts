import type { Command } from 'commander';
import type { Cli } from '../cli.js';
import { wholeNumber } from '../option-values.js';

const HELP = `
Ctrl-C lets what has begun finish and stops everything it started; a second one does not wait. Every setting can be
given as an environment variable too; see .env.example.

Examples:
  npm start
  likeness start --port 8080 --data /srv/likeness
  LIKENESS_API_KEY=… likeness start --host 0.0.0.0
`;

interface StartFlags {
  readonly host?: string;
  readonly port?: number;
  readonly open?: boolean;
}

export function addStart(program: Command, cli: Cli): void {
  program
    .command('start')
    .description('Starts the service with its page, its API and an embedded database.')
    .option('--host <address>', 'address to listen on (LIKENESS_HOST, else 127.0.0.1)')
    .option('--port <n>', 'port to listen on, 0 for any free one (LIKENESS_PORT, else 3000)', wholeNumber(0, 65535))
    .option('--open', 'open the page in a browser')
    .addHelpText('after', HELP)
    .action(async ({ host, port, open }: StartFlags) => {
      // The log goes to stdout, which under --json belongs to the one document.
      const settings = cli.settings(
        { LIKENESS_HOST: host, LIKENESS_PORT: port?.toString() },
        cli.terminal.json ? 'silent' : 'info',
      );
      // Loaded only now: the other commands do without the HTTP side.
      const { runService } = await import('../start/run-service.js');
      await runService(cli, settings, { open: open === true });
    });
}
