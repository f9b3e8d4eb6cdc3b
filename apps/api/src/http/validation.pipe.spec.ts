import { DomainError, parseRequest, type FieldProblem } from '#libs/errors';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { idSchema, numberText } from './schemas.js';
import { ValidationPipe } from './validation.pipe.js';

const schema = z.strictObject({
  id: idSchema.optional(),
  k: numberText(z.number().int().min(1).max(1000).default(10)),
  score: numberText(z.number().min(-1).max(1).optional()),
  mode: z.enum(['merge', 'replace']).optional(),
  list: z.array(z.number()).max(2).optional(),
  share: z.number().gt(0).lt(1).optional(),
});

function problemsOf(value: unknown): readonly FieldProblem[] {
  try {
    parseRequest(schema, value, 'query');
  } catch (error) {
    expect(error).toBeInstanceOf(DomainError);
    expect(error).toHaveProperty('code', 'invalid_request');
    return (error as DomainError).fields;
  }
  return [];
}

describe('parseRequest', () => {
  test('fills in defaults and turns ids into numbers', () => {
    expect(parseRequest(schema, { id: '42' }, 'query')).toEqual({ id: 42, k: 10 });
  });

  test.each([
    [{ k: '0' }, [{ path: 'k', expected: 'at least 1', received: '"0"' }]],
    [{ k: 'many' }, [{ path: 'k', expected: 'a number', received: '"many"' }]],
    [{ score: '' }, [{ path: 'score', expected: 'a number', received: '""' }]],
    [{ score: ' \t' }, [{ path: 'score', expected: 'a number', received: '" \\t"' }]],
    [{ k: 1.5 }, [{ path: 'k', expected: 'a whole number', received: '1.5' }]],
    [{ id: 'x' }, [{ path: 'id', expected: 'an id: a string of digits', received: '"x"' }]],
    [{ id: 7 }, [{ path: 'id', expected: 'a string', received: '7' }]],
    [{ mode: 'both' }, [{ path: 'mode', expected: 'one of merge, replace', received: '"both"' }]],
    [{ list: [1, 'a'] }, [{ path: 'list.1', expected: 'a number', received: '"a"' }]],
    [{ list: [1, 2, 3] }, [{ path: 'list', expected: 'at most 2 entries', received: 'an array of 3' }]],
    [{ share: 0 }, [{ path: 'share', expected: 'more than 0', received: '0' }]],
    [{ share: 1 }, [{ path: 'share', expected: 'less than 1', received: '1' }]],
    [{ other: {} }, [{ path: 'other', expected: 'no such field', received: 'an object' }]],
    [null, [{ path: '', expected: 'an object', received: 'null' }]],
    [undefined, [{ path: '', expected: 'an object', received: 'nothing' }]],
  ])('%j is told field by field', (value, expected) => {
    expect(problemsOf(value)).toEqual(expected);
  });

  test('an id beyond the safe integers is refused', () => {
    expect(problemsOf({ id: '9999999999999999' })).toHaveLength(1);
  });

  test('tells at most twenty fields and only the start of long values', () => {
    const many = Object.fromEntries(Array.from({ length: 50 }, (_, index) => [`field${index}`, 'x'.repeat(500)]));
    const problems = problemsOf(many);
    expect(problems).toHaveLength(20);
    expect(problems[0]?.received).toHaveLength(81);
  });
});

test('the pipe leaves parameters without a schema alone', () => {
  const value = { anything: 1 };
  expect(new ValidationPipe().transform(value, { type: 'custom' })).toBe(value);
});
