import type { LoggerService } from '@nestjs/common';
import type { LogSettings } from '#libs/config';

const LEVELS = ['silent', 'error', 'warn', 'info', 'debug'] as const;

/** The log of a service inside a command: plain lines on stderr, so that stdout stays the command's own. */
export class StderrLogger implements LoggerService {
  constructor(private readonly level: LogSettings['level']) {}

  log(message: unknown, ...rest: unknown[]): void {
    this.write('info', message, rest);
  }

  warn(message: unknown, ...rest: unknown[]): void {
    this.write('warn', message, rest);
  }

  error(message: unknown, ...rest: unknown[]): void {
    this.write('error', message, rest);
  }

  debug(message: unknown, ...rest: unknown[]): void {
    this.write('debug', message, rest);
  }

  verbose(message: unknown, ...rest: unknown[]): void {
    this.write('debug', message, rest);
  }

  /** Nest passes the context last. */
  private write(level: LogSettings['level'], message: unknown, rest: readonly unknown[]): void {
    if (LEVELS.indexOf(level) > LEVELS.indexOf(this.level)) return;
    const context = rest.at(-1);
    const text =
      message instanceof Error ? message.message : typeof message === 'string' ? message : JSON.stringify(message);
    process.stderr.write(`${level}: ${typeof context === 'string' ? `${context}: ` : ''}${text}\n`);
  }
}
