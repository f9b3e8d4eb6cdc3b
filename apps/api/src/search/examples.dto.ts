import { STRATEGIES, type Example, type ExampleQuery } from '#libs/search';
import { z } from 'zod';
import { idSchema } from '../http/schemas.js';
import { request } from '../openapi/components.js';

const MAX_COMPONENTS = 65_536;
/** Positives and negatives each. */
const MAX_EXAMPLES = 32;
const MAX_URL = 4096;

const coordinate = z.number().min(-1_000_000).max(1_000_000);
const extent = z.number().positive().max(1_000_000);

export const regionSchema = request(
  'Region',
  z
    .strictObject({
      left: coordinate,
      top: coordinate,
      width: extent,
      height: extent,
      unit: z.enum(['pixels', 'fractions']).default('pixels').describe('`fractions`: of the width and height, 0 to 1.'),
    })
    .describe(
      'The part of a picture that counts, as it is seen upright; what lies outside of the picture is left out.',
    ),
);

const sources = {
  id: idSchema.optional().describe('A stored image; left out of the results.'),
  url: z.string().min(1).max(MAX_URL).optional().describe('Where to fetch a picture from.'),
  vector: z
    .array(z.number())
    .min(1)
    .max(MAX_COMPONENTS)
    .optional()
    .describe('As long as the encoder makes them; any length other than zero.'),
};
const file = z.string().min(1).max(255).optional().describe('In a form: the name of the part that holds a picture.');
const region = regionSchema.optional();

type Sources = { readonly id?: number; readonly url?: string; readonly vector?: number[]; readonly file?: string };
const given = ({ id, url, vector, file: part }: Sources): number =>
  [id, url, vector, part].filter((source) => source !== undefined).length;

const exampleSchema = request(
  'SearchExample',
  z
    .strictObject({
      ...sources,
      file,
      region,
      weight: z.number().positive().max(100).default(1).describe('How much it counts beside the others.'),
    })
    .refine((example) => given(example) === 1, 'exactly one of id, url, vector and file')
    .refine(({ vector, region: box }) => vector === undefined || box === undefined, {
      path: ['region'],
      message: 'no region, since a vector has none',
    }),
);
type ExampleDto = z.output<typeof exampleSchema>;

/** What to look for: several examples, or one in short form. */
export const queryFields = {
  ...sources,
  region: region.describe('Of the one picture of the short form.'),
  positives: z.array(exampleSchema).max(MAX_EXAMPLES).optional().describe('What results should look like.'),
  negatives: z.array(exampleSchema).max(MAX_EXAMPLES).optional().describe('What results should not look like.'),
  strategy: z.enum(STRATEGIES).optional().describe('How several examples become one order; default average_vector.'),
};
type QueryFields = z.output<z.ZodObject<typeof queryFields>>;

/** Whether a query is asked in one way, not in two. */
export function asksOnce({ positives, negatives, ...query }: QueryFields): boolean {
  return given(query) === (positives === undefined && negatives === undefined ? 1 : 0);
}
export const ASKS_ONCE = 'either exactly one of id, url and vector (or a form with a file), or positives and negatives';

/** A file of a form. */
export interface ReadFile {
  readonly bytes: Buffer;
  readonly name: string;
}

/**
 * The query of a request as the use case takes it.
 *
 * @param read the file of a part of the form, by its name; throws for a name that the form has not
 */
export async function toExampleQuery(
  { positives = [], negatives = [], strategy, id, url, vector, region: box }: QueryFields,
  read: (file: string, path: string) => Promise<ReadFile>,
): Promise<ExampleQuery> {
  const short = { id, url, vector, region: box, weight: 1 };
  const all = (examples: readonly ExampleDto[], list: string) =>
    Promise.all(examples.map((example, at) => toExample(example, `${list}.${at}.file`, read)));
  return {
    positives: await all(given(short) === 0 ? positives : [short], 'positives'),
    negatives: await all(negatives, 'negatives'),
    ...(strategy !== undefined && { strategy }),
  };
}

async function toExample(
  { id, url, vector, file: part = '', region: box, weight }: ExampleDto,
  path: string,
  read: (file: string, path: string) => Promise<ReadFile>,
): Promise<Example> {
  const rest = { weight, ...(box !== undefined && { region: box }) };
  if (id !== undefined) return { kind: 'id', id, ...rest };
  if (url !== undefined) return { kind: 'url', url, ...rest };
  if (vector !== undefined) return { kind: 'vector', vector, ...rest };
  return { kind: 'upload', ...(await read(part, path)), ...rest };
}
