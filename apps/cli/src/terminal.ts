import { DomainError, type FieldProblem } from '#libs/errors';

/** The part of a stream that the command line uses; `isTTY` and `columns` are there on a terminal. */
export interface TextSink {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
}

/** How an error looks under `--json`. */
export interface ErrorDocument {
  readonly error: {
    readonly code: string;
    readonly detail: string;
    readonly fields: readonly FieldProblem[];
    readonly remedy: string;
  };
}

export function errorDocument(error: DomainError, remedy: string = error.entry.remedy): ErrorDocument {
  return { error: { code: error.code, detail: error.message, fields: error.fields, remedy } };
}

/** One line for a person: what went wrong, then what to do. Line ends inside the message become semicolons. */
export function errorLine(error: DomainError, remedy: string = error.entry.remedy): string {
  const message = error.message.trim().replace(/\s*\n\s*/g, '; ');
  return `likeness: ${message} — ${remedy}`;
}

/**
 * What a command may say. The result goes to stdout, as one JSON document under `--json`; everything else goes to
 * stderr, so that a pipe only ever sees the result.
 */
export class Terminal {
  private statusShown = false;

  constructor(
    private readonly stdout: TextSink,
    private readonly stderr: TextSink,
    readonly json: boolean,
  ) {}

  /** True where one line can be written over again and again. */
  get interactive(): boolean {
    return this.stderr.isTTY === true;
  }

  /** Columns of the terminal; 100 where it is none. */
  get width(): number {
    return this.stderr.columns ?? 100;
  }

  /** The one result of a command. `text` may have several lines and needs no line end. */
  result(document: unknown, text: string): void {
    this.clearStatus();
    const output = this.json ? JSON.stringify(document, null, 2) : text;
    if (output !== '') this.stdout.write(`${output}\n`);
  }

  /** A line beside the result. */
  note(line: string): void {
    this.clearStatus();
    this.stderr.write(`${line}\n`);
  }

  /** A line that the next status replaces; only where `interactive`. */
  status(line: string): void {
    this.stderr.write(`\r\u001b[2K${line.slice(0, Math.max(1, this.width - 1))}`);
    this.statusShown = true;
  }

  clearStatus(): void {
    if (this.statusShown) this.stderr.write('\r\u001b[2K');
    this.statusShown = false;
  }

  /** @param remedy instead of that of the table, where something better is known */
  fail(error: DomainError, remedy?: string): void {
    this.clearStatus();
    if (this.json) this.stdout.write(`${JSON.stringify(errorDocument(error, remedy), null, 2)}\n`);
    else this.stderr.write(`${errorLine(error, remedy)}\n`);
  }
}
