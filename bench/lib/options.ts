import { parseArgs, type ParseArgsConfig } from 'node:util';

type Options = NonNullable<ParseArgsConfig['options']>;
type Values<T extends Options> = ReturnType<typeof parseArgs<{ options: T }>>['values'];

/**
 * The options of a command. `--help` prints the usage and ends it; so does an option that there is not, or one of `needed` that is
 * missing, with exit code 2.
 */
export function readOptions<T extends Options, K extends keyof Values<T> = never>(
  usage: string,
  options: T,
  needed: readonly K[] = [],
): Values<T> & { [P in K]-?: NonNullable<Values<T>[P]> } {
  const asked = process.argv.includes('--help');
  try {
    const { values } = parseArgs<{ options: T; args: string[] }>({ options, args: asked ? [] : process.argv.slice(2) });
    const missing = needed.filter((name) => values[name] === undefined);
    if (!asked && missing.length === 0) return values as ReturnType<typeof readOptions<T, K>>;
    if (!asked) process.stderr.write(`Missing: --${missing.join(', --')}\n\n`);
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n\n`);
  }
  (asked ? process.stdout : process.stderr).write(`${usage}\n`);
  process.exit(asked ? 0 : 2);
}

/** A command-line option that has to be a whole number. @throws Error that names the option */
export function wholeNumber(name: string, text: string, least = 1): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= least) return value;
  throw new Error(`--${name}: expected a whole number from ${least} on, but it is ${JSON.stringify(text)}`);
}
