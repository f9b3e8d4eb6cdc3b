import 'reflect-metadata';
import { CommanderError } from 'commander';
import type { SettingsSource } from '#libs/config';
import { DomainError, type ErrorCode } from '#libs/errors';
import { Cli } from './cli.js';
import { EXIT, type ExitCode } from './exit-codes.js';
import { Interrupted } from './interruption.js';
import { createProgram } from './program.js';
import { Terminal } from './terminal.js';

/** Milliseconds that a thread or socket left over may hold up the exit after a command has ended. */
const LINGER_MS = 3000;
/** Signals this close together are one. */
const SAME_SIGNAL_MS = 500;
/** What is wrong with the command line itself, whether it is seen here or where the work is done. */
const MISUSE: ReadonlySet<ErrorCode> = new Set(['invalid_usage', 'invalid_request']);

/**
 * Runs one command line to its end.
 *
 * @param args what follows `likeness`
 * @param environment handed over by the entry script, read by libs/config
 * @returns the exit code
 */
export async function run(
  args: readonly string[],
  environment: SettingsSource,
  signal: AbortSignal,
): Promise<ExitCode> {
  const { stdout, stderr } = process;
  const cli = new Cli({ environment, stdout, stderr, signal });
  // Also holds for errors in the command line itself, where no option has been read.
  const terminal = new Terminal(stdout, stderr, args.includes('--json'));
  try {
    await createProgram(cli).parseAsync([...args], { from: 'user' });
    return cli.exitCode;
  } catch (error) {
    if (error instanceof CommanderError) {
      if (error.exitCode === 0) return EXIT.ok;
      if (error.code === 'commander.help') return EXIT.usage;
      return misused(new DomainError('invalid_usage', usageMessage(error.message)));
    }
    if (error instanceof Interrupted) {
      terminal.note(error.message);
      return EXIT.interrupted;
    }
    if (environment['LIKENESS_LOG_LEVEL'] === 'debug' && error instanceof Error) stderr.write(`${error.stack}\n`);
    const problem = DomainError.from(error);
    if (MISUSE.has(problem.code)) return misused(problem);
    terminal.fail(problem);
    return EXIT.error;
  }

  function misused(problem: DomainError): ExitCode {
    terminal.fail(problem, `See \`${cli.command} --help\`.`);
    return EXIT.usage;
  }
}

/** Commander's message without its prefix, as sentences. */
function usageMessage(message: string): string {
  const text = message
    .replace(/^error: /, '')
    .replace(/\s*\n\((Did you mean .*\?)\)/, '. $1')
    .trim();
  const sentence = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.?)]$/.test(sentence) ? sentence : `${sentence}.`;
}

/** The process around `run`: signals, closed pipes, the exit. */
export async function main(args: readonly string[], environment: SettingsSource): Promise<void> {
  const interruption = new AbortController();
  let interruptedAt = Number.NEGATIVE_INFINITY;
  const interrupt = (name: NodeJS.Signals) => {
    interruptedAt = performance.now();
    interruption.abort(new Interrupted(name));
  };
  let ended = false;
  const onSignal = (name: NodeJS.Signals) => {
    // Nothing is left to stop; only the reader is waited for.
    if (ended) process.exit(EXIT.interrupted);
    // npm hands on the Ctrl-C that the terminal has sent to all of the group already: that is one, not two.
    if (performance.now() - interruptedAt < SAME_SIGNAL_MS) return;
    if (!interruption.signal.aborted) return interrupt(name);
    // A second one does not wait for anything any more; that the terminal closes meanwhile is no impatience.
    if (name !== 'SIGHUP') process.exit(EXIT.interrupted);
  };
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, onSignal);
  let unread: ExitCode | undefined;
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (interruption.signal.aborted) return;
    // `likeness search … | head` closes the pipe early; that is no error. What runs is stopped in order.
    process.exitCode = unread = error.code === 'EPIPE' ? EXIT.ok : EXIT.error;
    interrupt('SIGPIPE');
  });
  // Of a closed terminal. A stop goes on without anybody to tell it to.
  process.stderr.on('error', () => undefined);

  const code = await run(args, environment, interruption.signal);
  ended = true;
  process.exitCode = unread ?? code;
  await Promise.all([handedOver(process.stdout), handedOver(process.stderr)]);
  setTimeout(() => process.exit(), LINGER_MS).unref();
}

/** Resolves when the reader has all that was written, or is gone: a pipe takes 64 KiB at a time, however slow its reader. */
function handedOver(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => {
    stream.once('error', () => resolve());
    stream.write('', () => resolve());
  });
}
