import { HttpException, NotFoundException } from '@nestjs/common';
import { DomainError } from '#libs/errors';
import { expect, test } from 'vitest';
import { toDomainError } from './framework-errors.js';
import { toProblem } from './problem.js';

const frameworkError = (statusCode: number, code: string): Error =>
  Object.assign(new Error('refused'), { statusCode, code });

test.each([
  [frameworkError(413, 'FST_ERR_CTP_BODY_TOO_LARGE'), 'payload_too_large'],
  [frameworkError(415, 'FST_ERR_CTP_INVALID_MEDIA_TYPE'), 'unsupported_media_type'],
  [frameworkError(413, 'FST_FILES_LIMIT'), 'payload_too_large'],
  [frameworkError(406, 'FST_INVALID_JSON_FIELD_ERROR'), 'invalid_request'],
  [frameworkError(400, 'FST_ERR_CTP_INVALID_JSON_BODY'), 'invalid_request'],
  [frameworkError(500, 'FST_ERR_SOMETHING'), 'internal'],
  [new NotFoundException('Cannot GET /x'), 'not_found'],
  [new Error('a secret of the inside'), 'internal'],
  ['not even an error', 'internal'],
])('%o becomes %s', (thrown, code) => {
  expect(toDomainError(thrown).code).toBe(code);
});

test.each([
  [frameworkError(400, 'FST_ERR_BAD_URL'), '', 'a well-formed address'],
  [frameworkError(414, 'FST_ERR_MAX_PARAM_LENGTH'), '', 'a well-formed address'],
  [frameworkError(400, 'FST_ERR_CTP_INVALID_JSON_BODY'), 'body', 'a well-formed body'],
])('%o is told of the part of the request that is wrong', (thrown, path, expected) => {
  const { code, fields } = toDomainError(thrown);
  expect({ code, fields }).toEqual({ code: 'invalid_request', fields: [{ path, expected, received: 'refused' }] });
});

test.each([
  [frameworkError(415, 'FST_ERR_CTP_INVALID_MEDIA_TYPE'), 'text/plain', 'as text/plain'],
  [frameworkError(415, 'FST_ERR_CTP_INVALID_MEDIA_TYPE'), undefined, 'without a content type'],
  [new HttpException('Unsupported Media Type', 415), 'text/plain', 'as text/plain'],
])('%o, of a body of type %s, tells what came and what is taken', (thrown, contentType, came) => {
  const refused = toDomainError(thrown, contentType);
  expect(refused.message).toBe(
    `The body came ${came}; taken are application/json and, with files, multipart/form-data.`,
  );
  expect(refused.entry.remedy).toContain("-H 'content-type: application/json'");
});

test('a DomainError stays the same object', () => {
  const error = new DomainError('image_corrupt');
  expect(toDomainError(error)).toBe(error);
});

test('an unknown error tells the caller nothing but the request id, and keeps its cause for the log', () => {
  const cause = new Error('password=hunter2');
  const error = toDomainError(cause);
  expect(error.cause).toBe(cause);
  expect(toProblem(error, 'request-1')).toEqual({
    type: 'urn:likeness:error:internal',
    title: 'Something went wrong inside',
    status: 500,
    code: 'internal',
    detail: 'Something went wrong inside',
    remedy: 'Report it with the request id; the log has the detail.',
    fields: [],
    requestId: 'request-1',
  });
});
