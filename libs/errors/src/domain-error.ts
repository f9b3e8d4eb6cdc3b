import { ERROR_CODES, type ErrorCode, type ErrorEntry } from './codes.js';

/** One field that was not as it should be. `received` is a short printable form, never the whole value. */
export interface FieldProblem {
  readonly path: string;
  readonly expected: string;
  readonly received: string;
}

/** The form in which an error crosses a worker thread or a row of the catalogue. */
export interface SerialisedError {
  readonly code: ErrorCode;
  readonly detail: string;
  readonly fields?: readonly FieldProblem[];
}

/**
 * The only error libraries throw on purpose. `code` is stable, `message` is one sentence for a person, `fields` names
 * what was wrong where.
 *
 * @example throw new DomainError('image_corrupt', 'IMG_1.jpg ends in the middle of a scan.');
 */
export class DomainError extends Error {
  readonly fields: readonly FieldProblem[];

  constructor(
    readonly code: ErrorCode,
    detail?: string,
    options: { fields?: readonly FieldProblem[]; cause?: unknown } = {},
  ) {
    super(detail ?? ERROR_CODES[code].title, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'DomainError';
    this.fields = options.fields ?? [];
  }

  get entry(): ErrorEntry {
    return ERROR_CODES[this.code];
  }

  serialise(): SerialisedError {
    return { code: this.code, detail: this.message, ...(this.fields.length > 0 && { fields: this.fields }) };
  }

  static revive(error: SerialisedError): DomainError {
    return new DomainError(error.code, error.detail, { fields: error.fields });
  }

  /** Any thrown value as a DomainError; one that is none yet becomes `fallback` and keeps its cause. */
  static from(error: unknown, fallback: ErrorCode = 'internal'): DomainError {
    if (error instanceof DomainError) return error;
    return new DomainError(fallback, error instanceof Error ? error.message : String(error), { cause: error });
  }
}
