import { ERROR_CODES, type DomainError, type ErrorCode, type SerialisedError } from '#libs/errors';
import { z } from 'zod';
import { response } from '../openapi/components.js';

const CODES = Object.keys(ERROR_CODES) as [ErrorCode, ...ErrorCode[]];

const fieldProblemSchema = z.object({
  path: z.string().describe('Where it stands, like `items.0.metadata`; empty for the whole.'),
  expected: z.string().describe('What belongs there.'),
  received: z.string().describe('What arrived, shortened.'),
});

/** Body of every error answer (RFC 9457). */
export const problemSchema = response(
  'Problem',
  z.object({
    type: z.string().describe('`urn:likeness:error:` and the code.'),
    title: z.string().describe('The same for every error of this code.'),
    status: z.number().int().describe('HTTP status.'),
    code: z.enum(CODES).describe('Stable; what programs should look at.'),
    detail: z.string().describe('What was wrong this time, in a sentence.'),
    remedy: z.string().optional().describe('What the caller can do about it.'),
    fields: z.array(fieldProblemSchema).describe('The fields that are wrong, when fields are.'),
    requestId: z.string().describe('The same as in the X-Request-Id header and in the log.'),
  }),
);
export type Problem = z.output<typeof problemSchema>;

/** An error of one item inside an answer that is not itself an error. */
export const itemErrorSchema = response('ItemError', problemSchema.omit({ type: true, requestId: true }));
export type ItemError = z.output<typeof itemErrorSchema>;

/** The table's part of an error together with its own detail. */
export function toItemError(error: SerialisedError): ItemError {
  const { status, title, remedy } = ERROR_CODES[error.code];
  return { title, status, code: error.code, detail: error.detail, remedy, fields: [...(error.fields ?? [])] };
}

/** @param requestId ties the answer to the log */
export function toProblem(error: DomainError, requestId: string): Problem {
  return { type: `urn:likeness:error:${error.code}`, ...toItemError(error.serialise()), requestId };
}
