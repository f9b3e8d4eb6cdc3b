import { type ArgumentMetadata, Injectable, type PipeTransform } from '@nestjs/common';
import { parseRequest } from '#libs/errors';
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
