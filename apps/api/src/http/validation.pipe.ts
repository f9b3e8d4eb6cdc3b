import { type ArgumentMetadata, Injectable, type PipeTransform } from '@nestjs/common';
import { DomainError, schemaProblems } from '#libs/errors';
import { z } from 'zod';

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
  const fields = schemaProblems(parsed.error, value);
  const [first] = fields;
  const where = first === undefined || first.path === '' ? `the ${what}` : first.path;
  throw new DomainError(
    'invalid_request',
    `Expected ${first?.expected} for ${where} but received ${first?.received}.`,
    { fields },
  );
}
