import type { z } from 'zod';
import { DomainError } from './domain-error.js';
import { schemaProblems } from './schema-problems.js';

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
  const [first] = fields;
  const where = first === undefined || first.path === '' ? `the ${what}` : first.path;
  throw new DomainError(
    'invalid_request',
    `Expected ${first?.expected} for ${where} but received ${first?.received}.`,
    { fields },
  );
}
