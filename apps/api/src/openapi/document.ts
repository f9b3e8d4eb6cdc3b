import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import { projectRoot } from '#libs/config';
import { z } from 'zod';
import { componentSchemas, schemaOf } from './components.js';
import { problemExamples } from './operation.decorator.js';

const DESCRIPTION =
  'Image similarity search: give it images, ask what looks alike. ' +
  'Errors are `application/problem+json` with a stable `code`. Ids are strings of digits.';

const TAGS: readonly (readonly [string, string])[] = [
  ['search', 'What looks like this?'],
  ['images', 'Upload, read, change, delete.'],
  ['imports', 'Folders and manifests of the server, as durable jobs.'],
  ['collections', 'Named sets of images.'],
  ['metadata fields', 'Keys of the metadata that filters may ask of.'],
  ['reindex', 'Encoders and taps: changing them while searches go on.'],
  ['service', 'Numbers and proofs.'],
  ['operations', 'For machines that watch over the service.'],
];

function version(): string {
  const manifest: unknown = JSON.parse(readFileSync(path.join(projectRoot(), 'package.json'), 'utf8'));
  return z.object({ version: z.string() }).parse(manifest).version;
}

/** The OpenAPI 3.1 document of the routes of `app`; its schemas are the Zod schemas that check and type the DTOs. */
export function openApiDocument(app: INestApplication): OpenAPIObject {
  const builder = new DocumentBuilder()
    .setOpenAPIVersion('3.1.0')
    .setTitle('Likeness')
    .setDescription(DESCRIPTION)
    .setVersion(version())
    .addBearerAuth(
      { type: 'http', scheme: 'bearer', description: 'Needed under /v1 when LIKENESS_API_KEY is set.' },
      'key',
    )
    .addSecurityRequirements({})
    .addSecurityRequirements('key');
  for (const [name, description] of TAGS) builder.addTag(name, description);
  const document = SwaggerModule.createDocument(app, builder.build(), {
    autoTagControllers: false,
    operationIdFactory: (controller, method) => `${controller.replace(/Controller$/, '').toLowerCase()}.${method}`,
    standardSchemaConverter: (schema) => (schema instanceof z.ZodType ? { schema: schemaOf(schema) } : undefined),
  });
  document.components = { ...document.components, schemas: componentSchemas(), examples: problemExamples() };
  return document;
}
