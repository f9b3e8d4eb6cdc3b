import { type ArgumentMetadata, Injectable, type PipeTransform } from '@nestjs/common';
import { DomainError, type FieldProblem } from '#libs/errors';
import { z } from 'zod';

const MAX_FIELDS = 20;
const MAX_RECEIVED = 80;
const WHAT: Readonly<Record<string, string>> = { body: 'body', query: 'query', param: 'address' };

/** Checks a parameter against the Zod schema of its decorator: `@Query({ schema })`, `@Body({ schema })`, `@Param({ schema })`. */
@Injectable()
export class ValidationPipe implements PipeTransform {
  transform(value: unknown, metadata: ArgumentMetadata): unknown {
    if (!(metadata.schema instanceof z.ZodType)) return value;
    return parseRequest(metadata.schema, value, WHAT[metadata.type] ?? 'request');
  }
}

/**
 * The value as the schema makes it.
 *
 * @param what names the part of the request in the error's detail
 * @throws DomainError `invalid_request` with a field problem for each thing that is wrong, at most twenty
 */
export function parseRequest<T extends z.ZodType>(schema: T, value: unknown, what: string): z.output<T> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const fields = parsed.error.issues.flatMap((issue) => toFieldProblems(issue, value)).slice(0, MAX_FIELDS);
  const [first] = fields;
  const where = first === undefined || first.path === '' ? `the ${what}` : first.path;
  throw new DomainError(
    'invalid_request',
    `Expected ${first?.expected} for ${where} but received ${first?.received}.`,
    { fields },
  );
}

function toFieldProblems(issue: z.core.$ZodIssue, value: unknown): FieldProblem[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({
      path: [...issue.path, key].join('.'),
      expected: 'no such field',
      received: printable(at(value, [...issue.path, key])),
    }));
  }
  return [{ path: issue.path.join('.'), expected: expectation(issue), received: printable(at(value, issue.path)) }];
}

/** What would have been right, in words that fit after "expected". */
function expectation(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return article(
        issue.expected === 'int' ? 'whole number' : issue.expected === 'record' ? 'object' : issue.expected,
      );
    case 'too_small':
      return `${issue.inclusive === false ? 'more than' : 'at least'} ${issue.minimum}${unit(issue.origin)}`;
    case 'too_big':
      return `${issue.inclusive === false ? 'less than' : 'at most'} ${issue.maximum}${unit(issue.origin)}`;
    case 'invalid_value':
      return `one of ${issue.values.map(String).join(', ')}`;
    default:
      return issue.message;
  }
}

const unit = (origin: string): string => (origin === 'array' ? ' entries' : origin === 'string' ? ' characters' : '');
const article = (noun: string): string => `${/^[aeiou]/.test(noun) ? 'an' : 'a'} ${noun}`;

function at(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((inner, key) => {
    return typeof inner === 'object' && inner !== null ? (inner as Record<PropertyKey, unknown>)[key] : undefined;
  }, value);
}

/** A short form of what arrived; never the whole of something large. */
function printable(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (Array.isArray(value)) return `an array of ${value.length}`;
  const text = typeof value === 'object' && value !== null ? 'an object' : JSON.stringify(value);
  return text.length > MAX_RECEIVED ? `${text.slice(0, MAX_RECEIVED)}…` : text;
}
