import { loadSettings, type Settings, type SettingsSource } from '#libs/config';
import { EXIT, type ExitCode } from './exit-codes.js';
import { Terminal, type TextSink } from './terminal.js';

/** Options that every command takes, before or after its name. */
export interface GlobalOptions {
  readonly data?: string;
  readonly json?: boolean;
}

/** What the process gives a command: environment, streams, and a signal that the first Ctrl-C aborts. */
export interface Surroundings {
  readonly environment: SettingsSource;
  readonly stdout: TextSink;
  readonly stderr: TextSink;
  readonly signal: AbortSignal;
}

/** Everything a command works with; filled in once the command line has been read. */
export class Cli {
  exitCode: ExitCode = EXIT.ok;
  /** The command that runs, as one types it. */
  command = 'likeness';
  private globals: GlobalOptions = {};

  constructor(private readonly surroundings: Surroundings) {}

  use(globals: GlobalOptions): void {
    this.globals = globals;
  }

  get signal(): AbortSignal {
    return this.surroundings.signal;
  }

  get terminal(): Terminal {
    return new Terminal(this.surroundings.stdout, this.surroundings.stderr, this.globals.json === true);
  }

  /** Whether the data folder was named by `--data`. */
  get namedDataFolder(): string | undefined {
    return this.globals.data;
  }

  /**
   * The settings of this run: the command's own flags over `--data` over the environment. An empty flag unsets what the
   * environment says.
   *
   * @param logLevel where LIKENESS_LOG_LEVEL is not set
   * @throws DomainError `settings_invalid`
   */
  settings(flags: SettingsSource = {}, logLevel: Settings['log']['level'] = 'warn'): Settings {
    return loadSettings({
      LIKENESS_LOG_LEVEL: logLevel,
      ...without(this.surroundings.environment, ''),
      ...(this.globals.data !== undefined && { LIKENESS_DATA_DIR: this.globals.data }),
      ...without(flags),
    });
  }
}

/** A source without the entries that are undefined or one of `values`. */
const without = (source: SettingsSource, ...values: readonly string[]): SettingsSource =>
  Object.fromEntries(Object.entries(source).filter(([, value]) => value !== undefined && !values.includes(value)));
