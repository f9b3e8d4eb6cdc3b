import { Logger } from '@nestjs/common';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { DomainError } from '#libs/errors';
import { databaseError, operatorsError } from './postgres-database.js';

const refused = Object.assign(new Error('invalid byte sequence for encoding "UTF8": 0x00'), {
  code: '22021',
  severity: 'ERROR',
});
const logged = vi.spyOn(Logger.prototype, 'error').mockReturnValue(undefined);
afterEach(() => void logged.mockClear());

describe('an error of the database', () => {
  test('of a statement is told to the log, not to the caller', () => {
    const error = databaseError(refused);
    expect(error).toMatchObject({ code: 'internal', message: 'Something went wrong inside', cause: refused });
    expect(logged).toHaveBeenCalledExactlyOnceWith(expect.stringContaining(refused.message));
  });

  test('has its code for words where the driver has none', () => {
    // Every address of a name refused.
    const error = Object.assign(new AggregateError([]), { code: 'ECONNREFUSED' });
    expect(operatorsError(error)).toMatchObject({ code: 'database_unavailable', message: 'ECONNREFUSED' });
  });

  test('is told in full to who starts the service', () => {
    expect(operatorsError(refused)).toMatchObject({ code: 'internal', message: refused.message, cause: refused });
    expect(logged).not.toHaveBeenCalled();
  });

  test.each([
    ['53100', 'could not extend file', 'storage_full'],
    ['53300', 'sorry, too many clients already', 'database_unavailable'],
    ['57P01', 'terminating connection', 'database_unavailable'],
    ['ECONNREFUSED', 'connect ECONNREFUSED', 'database_unavailable'],
    ['EHOSTUNREACH', 'connect EHOSTUNREACH', 'database_unavailable'],
    ['EAI_AGAIN', 'getaddrinfo EAI_AGAIN', 'database_unavailable'],
    [undefined, 'Connection terminated unexpectedly', 'database_unavailable'],
    [undefined, 'timeout exceeded when trying to connect', 'database_unavailable'],
  ])('%s %s is %s', (code, message, expected) => {
    expect(databaseError(Object.assign(new Error(message), { code }))).toMatchObject({ code: expected, message });
    expect(logged).not.toHaveBeenCalled();
  });

  test('of work that was done beside keeps its words', () => {
    expect(databaseError(new Error('no space'))).toMatchObject({ code: 'internal', message: 'no space' });
    expect(logged).not.toHaveBeenCalled();
  });

  test('that has a code already passes through', () => {
    const error = new DomainError('internal', 'said on purpose');
    expect(databaseError(error)).toBe(error);
  });
});
