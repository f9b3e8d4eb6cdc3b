import type { LoggerService } from '@nestjs/common';
import type { LogSettings } from '#libs/config';
import { destination, type DestinationStream, pino, stdTimeFunctions, type Logger } from 'pino';
import { currentRequest } from '../http/request-context.js';
import { TextLines } from './text-lines.js';

/** Nest's own announcements while it starts; useful when debugging Nest, noise otherwise. */
const FRAMEWORK = new Set(['InstanceLoader', 'RoutesResolver', 'RouterExplorer', 'NestFactory', 'NestApplication']);

type Level = 'debug' | 'info' | 'warn' | 'error' | 'fatal';

/** Lines of the access log wait for company this long at most: a write each would cost a tenth of a search. */
const FLUSH_MS = 250;
const BUFFER_BYTES = 8 * 1024;

function bufferedOutput(): DestinationStream {
  const output = destination({ dest: 1, sync: false, minLength: BUFFER_BYTES });
  setInterval(() => output.flush(), FLUSH_MS).unref();
  process.once('exit', () => output.flushSync());
  return output;
}

/**
 * Nest's logger on pino: JSON lines, or text at a terminal. Lines logged while a request is served carry its id. A
 * message may be a string, an Error, or an object of fields whose `msg` is the sentence.
 */
export class PinoLogger implements LoggerService {
  private readonly pino: Logger;

  /** @param out defaults to standard output; given, the format follows the settings with `auto` meaning JSON */
  constructor(settings: LogSettings, out?: DestinationStream) {
    const text =
      settings.format === 'text' || (settings.format === 'auto' && out === undefined && process.stdout.isTTY);
    const stream = text ? new TextLines(out ?? process.stdout) : (out ?? bufferedOutput());
    const mixin = (): object => currentRequest() ?? {};
    this.pino = pino(
      { level: settings.level, base: null, mixin, ...(!text && { timestamp: stdTimeFunctions.isoTime }) },
      stream,
    );
  }

  log(message: unknown, ...rest: unknown[]): void {
    this.write('info', message, rest);
  }

  warn(message: unknown, ...rest: unknown[]): void {
    this.write('warn', message, rest);
  }

  error(message: unknown, ...rest: unknown[]): void {
    this.write('error', message, rest);
  }

  fatal(message: unknown, ...rest: unknown[]): void {
    this.write('fatal', message, rest);
  }

  debug(message: unknown, ...rest: unknown[]): void {
    this.write('debug', message, rest);
  }

  verbose(message: unknown, ...rest: unknown[]): void {
    this.write('debug', message, rest);
  }

  /** Hands over what is still buffered; for the moment before the process ends. */
  flush(): void {
    this.pino.flush();
  }

  /** Nest passes the context last, and before it, for errors, a stack. */
  private write(level: Level, message: unknown, rest: unknown[]): void {
    const last = rest.at(-1);
    const context = typeof last === 'string' ? last : undefined;
    const stack = rest.length > 1 && typeof rest[0] === 'string' ? rest[0] : undefined;
    const fields = { ...(context !== undefined && { context }), ...(stack !== undefined && { stack }) };
    const effective = level === 'info' && context !== undefined && FRAMEWORK.has(context) ? 'debug' : level;
    if (message instanceof Error) this.pino[effective]({ ...fields, err: message }, message.message);
    else if (typeof message === 'object' && message !== null) this.pino[effective]({ ...fields, ...message });
    else this.pino[effective](fields, String(message));
    if (level !== 'info' && level !== 'debug') this.pino.flush();
  }
}
