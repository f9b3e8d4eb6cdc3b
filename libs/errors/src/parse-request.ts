import type { z } from 'zod';
import { DomainError } from './domain-error.js';
import { problemText } from './problem-text.js';
import { namesAt, schemaProblems } from './schema-problems.js';

/** What callers know the fields of a part of the request as, where not as fields. */
const NOUNS: Readonly<Record<string, string>> = { query: 'parameter' };

/**
 * The value as the schema makes it.
 *
 * @param what names the part of the request in the error's detail
 * @throws DomainError `invalid_request` with a field problem for each thing that is wrong, at most twenty
 */
export function parseRequest<T extends z.ZodType>(schema: T, value: unknown, what: string): z.output<T> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const fields = schemaProblems(parsed.error, value);
  const [first = { path: '', expected: 'something else', received: 'this' }] = fields;
  const named = { ...first, path: first.path === '' ? `the ${what}` : first.path };
  const known = namesAt(schema, parsed.error.issues[0]?.path ?? []);
  throw new DomainError('invalid_request', problemText(named, known, NOUNS[what]), { fields });
}
