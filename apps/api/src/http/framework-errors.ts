import { HttpException } from '@nestjs/common';
import { DomainError, type ErrorCode, type FieldProblem } from '#libs/errors';

/** Codes for what the HTTP framework itself refuses, by the framework's own error code. */
const BY_FRAMEWORK_CODE: Readonly<Record<string, ErrorCode>> = {
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'unsupported_media_type',
  FST_INVALID_MULTIPART_CONTENT_TYPE: 'unsupported_media_type',
  FST_ERR_CTP_BODY_TOO_LARGE: 'payload_too_large',
  FST_FILES_LIMIT: 'payload_too_large',
  FST_FIELDS_LIMIT: 'payload_too_large',
  FST_PARTS_LIMIT: 'payload_too_large',
  FST_REQ_FILE_TOO_LARGE: 'payload_too_large',
};

const BY_STATUS: Readonly<Record<number, ErrorCode>> = {
  401: 'unauthorized',
  404: 'not_found',
  408: 'timed_out',
  413: 'payload_too_large',
  415: 'unsupported_media_type',
  503: 'shutting_down',
};

/** Characters of a content type that are told. */
const MAX_TYPE = 100;

interface FrameworkError extends Error {
  readonly statusCode: number;
  readonly code?: string;
}

function isFrameworkError(error: unknown): error is FrameworkError {
  return error instanceof Error && 'statusCode' in error && typeof error.statusCode === 'number';
}

/** What the router refuses, which has looked at nothing but the address. */
const OF_ADDRESS: ReadonlySet<string | undefined> = new Set(['FST_ERR_BAD_URL', 'FST_ERR_MAX_PARAM_LENGTH']);

function requestProblem(message: string, cause: Error): FieldProblem[] {
  if (isFrameworkError(cause) && OF_ADDRESS.has(cause.code))
    return [{ path: '', expected: 'a well-formed address', received: message }];
  return [{ path: 'body', expected: 'a well-formed body', received: message }];
}

/**
 * What a handler threw as a DomainError: Nest's and Fastify's own refusals get the code that fits, everything unknown
 * becomes `internal`, keeping its cause for the log and telling the caller nothing of it.
 *
 * @param contentType of the request
 */
export function toDomainError(error: unknown, contentType?: string): DomainError {
  if (error instanceof DomainError) return error;
  const told = ofFramework(error);
  if (told.code !== 'unsupported_media_type') return told;
  return new DomainError(told.code, untaken(contentType), { cause: told.cause });
}

function ofFramework(error: unknown): DomainError {
  if (error instanceof HttpException) return fromStatus(error.getStatus(), error.message, error);
  if (isFrameworkError(error) && error.statusCode < 500) {
    const code = BY_FRAMEWORK_CODE[error.code ?? ''];
    if (code !== undefined) return new DomainError(code, error.message, { cause: error });
    return fromStatus(error.statusCode, error.message, error);
  }
  return new DomainError('internal', undefined, { cause: error });
}

/** curl says application/x-www-form-urlencoded of what it is told to send, unless told otherwise. */
function untaken(contentType: string | undefined): string {
  const came = contentType === undefined ? 'without a content type' : `as ${contentType.slice(0, MAX_TYPE)}`;
  return `The body came ${came}; taken are application/json and, with files, multipart/form-data.`;
}

function fromStatus(status: number, message: string, cause: Error): DomainError {
  if (status >= 500 && status !== 503) return new DomainError('internal', undefined, { cause });
  const code = BY_STATUS[status] ?? 'invalid_request';
  return new DomainError(code, message, {
    cause,
    fields: code === 'invalid_request' ? requestProblem(message, cause) : [],
  });
}
