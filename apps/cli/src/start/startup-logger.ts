import type { LogSettings } from '#libs/config';
import { PinoLogger } from '#apps/api';
import type { Terminal } from '../terminal.js';

/** Contexts of the framework itself, which say nothing to a person who starts the service. */
const FRAMEWORK = /^(Nest|Instance|Router|Routes)/;

/** The service's log, whose lines are told to the person in front of it, too, until the service is ready. */
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
    if (told) this.terminal.note(`  ${message}`);
    // At a terminal log and step would be the same line twice.
    if (!told || !this.terminal.interactive) super.log(message, ...rest);
  }
}
