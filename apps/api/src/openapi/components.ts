import { z } from 'zod';

type Json = Record<string, unknown>;

const requests = z.registry<{ id: string }>();
const responses = z.registry<{ id: string }>();

/** Names a schema of something that callers send; it appears under that name in the OpenAPI document. */
export function request<T extends z.ZodType>(name: string, schema: T): T {
  requests.add(schema, { id: name });
  return schema;
}

/** Names a schema of something that the service answers. */
export function response<T extends z.ZodType>(name: string, schema: T): T {
  responses.add(schema, { id: name });
  return schema;
}

const REF = '#/components/schemas/';

function clean(schema: unknown): Json {
  return Object.fromEntries(Object.entries(schema as Json).filter(([key]) => key !== '$schema' && key !== '$id'));
}

/** Every named schema, as the `components.schemas` of an OpenAPI 3.1 document. */
export function componentSchemas(): Record<string, Json> {
  const uri = (id: string): string => `${REF}${id}`;
  const sent = z.toJSONSchema(requests, { uri, io: 'input' }).schemas;
  const answered = z.toJSONSchema(responses, { uri, io: 'output' }).schemas;
  const all = Object.entries({ ...sent, ...answered }).map(([name, schema]) => [name, clean(schema)] as const);
  return Object.fromEntries(all.sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** A reference to a named schema, or the schema itself as JSON Schema. */
export function schemaOf(schema: z.ZodType): Json {
  const name = (requests.get(schema) ?? responses.get(schema))?.id;
  return name === undefined ? clean(z.toJSONSchema(schema, { io: 'input' })) : { $ref: `${REF}${name}` };
}
