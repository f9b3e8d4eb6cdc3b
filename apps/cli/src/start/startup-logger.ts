import type { LogSettings } from '#libs/config';
import { PinoLogger } from '#apps/api';
import type { Terminal } from '../terminal.js';

/** Contexts of the framework itself, which say nothing to a person who starts the service. */
const FRAMEWORK = /^(Nest|Instance|Router|Routes)/;

/** The service's log, whose lines are told as steps to a person in front of it until the service is ready. */
export class StartupLogger extends PinoLogger {
  private starting = true;

  constructor(
    settings: LogSettings,
    private readonly terminal: Terminal,
  ) {
    super(settings);
  }

  started(): void {
    this.starting = false;
  }

  override log(message: unknown, ...rest: unknown[]): void {
    const context = rest.at(-1);
    const told =
      this.starting && typeof message === 'string' && !(typeof context === 'string' && FRAMEWORK.test(context));
    // Once, in the form that suits who reads it: a person at a terminal, or whatever collects the log.
    if (told && this.terminal.interactive) this.terminal.note(`  ${message}`);
    else super.log(message, ...rest);
  }
}
