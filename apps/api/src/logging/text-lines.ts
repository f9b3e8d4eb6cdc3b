const LEVELS: Readonly<Record<number, string>> = {
  10: 'trace',
  20: 'debug',
  30: 'info',
  40: 'warn',
  50: 'error',
  60: 'fatal',
};

interface LogLine {
  readonly level: number;
  readonly time: number;
  readonly msg?: string;
  readonly context?: string;
  readonly err?: { readonly stack?: string };
  readonly [field: string]: unknown;
}

/** Turns pino's JSON lines into lines for a person at a terminal: `09:15:02 info Http GET /v1/stats 200 requestId=…`. */
export class TextLines {
  constructor(private readonly out: { write(text: string): unknown }) {}

  write(json: string): void {
    const { level, time, msg, context, err, ...fields } = JSON.parse(json) as LogLine;
    const parts = [new Date(time).toTimeString().slice(0, 8), (LEVELS[level] ?? String(level)).padEnd(5)];
    if (context !== undefined) parts.push(`[${context}]`);
    if (msg !== undefined) parts.push(msg);
    for (const [key, value] of Object.entries(fields)) {
      parts.push(`${key}=${typeof value === 'string' ? value : JSON.stringify(value)}`);
    }
    this.out.write(`${parts.join(' ')}\n${err?.stack === undefined ? '' : `${err.stack}\n`}`);
  }
}
