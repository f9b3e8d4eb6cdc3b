import { applyDecorators } from '@nestjs/common';
import { ApiBody, ApiOperation, ApiResponse, type ApiOperationOptions } from '@nestjs/swagger';
import { DomainError, ERROR_CODES, type ErrorCode } from '#libs/errors';
import type { z } from 'zod';
import { problemSchema, toProblem } from '../http/problem.js';
import { schemaOf } from './components.js';

export interface BodyDoc {
  readonly mediaType?: string;
  readonly schema: z.ZodType | Readonly<Record<string, unknown>>;
  readonly example?: unknown;
}

export interface AnswerDoc extends Omit<BodyDoc, 'schema'> {
  readonly status: number;
  readonly description: string;
  /** Absent: the answer has no body. */
  readonly schema?: BodyDoc['schema'];
}

export interface OperationDoc {
  readonly summary: string;
  readonly description?: string;
  readonly body?: BodyDoc | readonly BodyDoc[];
  readonly bodyRequired?: boolean;
  readonly answers: readonly AnswerDoc[];
  /** Codes that this operation in particular can end with. */
  readonly errors?: readonly ErrorCode[];
}

/** What any call can end with. */
const ALWAYS: readonly ErrorCode[] = ['forbidden_host', 'internal'];
const UNDER_V1: readonly ErrorCode[] = ['unauthorized', 'forbidden_origin', 'database_unavailable', 'shutting_down'];

/** Documents a `/v1` handler: what it takes, what it answers, and an example of each error it can end with. */
export function Operation(doc: OperationDoc): MethodDecorator {
  return document(doc, [...(doc.errors ?? []), ...UNDER_V1, ...ALWAYS]);
}

/** The same for handlers outside of `/v1`, which need neither key nor database. */
export function PlainOperation(doc: OperationDoc): MethodDecorator {
  return document(doc, [...(doc.errors ?? []), ...ALWAYS]);
}

function document(doc: OperationDoc, errors: readonly ErrorCode[]): MethodDecorator {
  const bodies = doc.body === undefined ? [] : [doc.body].flat();
  const operation: ApiOperationOptions = { summary: doc.summary };
  if (doc.description !== undefined) operation.description = doc.description;
  const required = doc.bodyRequired ?? true;
  const [only] = bodies;
  const takenByNest = bodies.length === 1 && only !== undefined && only.mediaType === undefined;
  if (bodies.length > 0 && !takenByNest) operation.requestBody = { required, content: contentOf(bodies) };
  const decorators = [ApiOperation(operation), ...doc.answers.map(answer), ...problems(errors)];
  // A body taken with @Body({ schema }) is documented by Nest from that schema; only the example is added.
  if (takenByNest) decorators.push(ApiBody({ required, schema: {}, examples: { example: { value: only.example } } }));
  return applyDecorators(...decorators);
}

function contentOf(bodies: readonly BodyDoc[]): Record<string, object> {
  return Object.fromEntries(
    bodies.map(({ mediaType = 'application/json', schema, example }) => [
      mediaType,
      {
        schema: '~standard' in schema ? schemaOf(schema as z.ZodType) : schema,
        ...(example !== undefined && { example }),
      },
    ]),
  );
}

function answer({ status, description, schema, ...body }: AnswerDoc): MethodDecorator {
  return ApiResponse({
    status,
    description,
    ...(schema !== undefined && { content: contentOf([{ ...body, schema }]) }),
  });
}

/** One response for each status, with an example for each code that has it. */
function problems(codes: readonly ErrorCode[]): MethodDecorator[] {
  const statuses = [...new Set(codes.map((code) => ERROR_CODES[code].status))].sort();
  return statuses.map((status) => {
    const group = [...new Set(codes)].filter((code) => ERROR_CODES[code].status === status);
    return ApiResponse({
      status,
      description: group.map((code) => ERROR_CODES[code].title).join('; '),
      content: {
        'application/problem+json': {
          schema: schemaOf(problemSchema),
          examples: Object.fromEntries(group.map((code) => [code, { $ref: `#/components/examples/${code}` }])),
        },
      },
    });
  });
}

/** One example for each code, as the `components.examples` of the document. */
export function problemExamples(): Record<string, { summary: string; value: object }> {
  const codes = Object.keys(ERROR_CODES) as ErrorCode[];
  return Object.fromEntries(codes.map((code) => [code, { summary: ERROR_CODES[code].title, value: exampleOf(code) }]));
}

function exampleOf(code: ErrorCode): object {
  const fields = code === 'invalid_request' ? [{ path: 'k', expected: 'at most 1000', received: '5000' }] : [];
  const detail = code === 'invalid_request' ? 'Expected at most 1000 for k but received 5000.' : undefined;
  return toProblem(new DomainError(code, detail, { fields }), '5f0c8e0e-7d5e-4a53-9a0c-2f4c0f2f6f1b');
}
