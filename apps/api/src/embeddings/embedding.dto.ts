import { setImmediate as nextTurn } from 'node:timers/promises';
import { BUNDLED_ENCODER } from '#libs/config';
import type { EmbeddedFile, EmbeddedFiles } from '#libs/search';
import { z } from 'zod';
import { itemErrorSchema, toItemError } from '../http/problem.js';
import { flagSchema } from '../http/schemas.js';
import { filesPart } from '../images/upload-form.js';
import { response } from '../openapi/components.js';
import type { BodyDoc } from '../openapi/operation.decorator.js';

/** Files of one call: the answer is one JSON document, and its vectors are long. */
export const MAX_FILES = 64;
/** Vectors written between two turns of the event loop: about a millisecond's worth at 4096 components each. */
const WRITTEN_AT_ONCE = 2;

const ENCODER = 'Name of an encoder that the service has open; the one in use where nothing is said.';
const TAP = 'Any tap of the encoder, whether there is an index of it or not; the one in use where nothing is said.';
const NORMALISE = 'Divides each vector by its length, so that the dot product of two is their cosine.';

const name = z.string().min(1).max(200);
const optionFields = {
  encoder: name.optional().describe(ENCODER),
  tap: name.optional().describe(TAP),
  normalise: flagSchema.optional().describe(NORMALISE),
};

/** Options as the query string or a form has them. */
export const embeddingOptionsSchema = z.strictObject(optionFields);
export type EmbeddingOptions = z.output<typeof embeddingOptionsSchema>;

export const embeddingForm: BodyDoc = {
  mediaType: 'multipart/form-data',
  schema: {
    type: 'object',
    required: ['files'],
    properties: {
      files: { ...filesPart, maxItems: MAX_FILES },
      encoder: { type: 'string', description: `${ENCODER} Goes over the query string, as do the others.` },
      tap: { type: 'string', description: TAP },
      normalise: { type: 'string', enum: ['true', 'false'], description: NORMALISE },
    },
  },
};

const itemSchema = z.object({
  name: z.string().describe('Name of the file.'),
  status: z.enum(['embedded', 'failed']),
  vector: z.array(z.number()).optional().describe('`dimension` components; absent where the file failed.'),
  error: itemErrorSchema.optional(),
});

export const embeddingsSchema = response(
  'Embeddings',
  z.object({
    encoder: z.string(),
    fingerprint: z.string().describe('Vectors of another fingerprint cannot be compared with these.'),
    tap: z.string(),
    dimension: z.int(),
    normalised: z.boolean().describe('False: the vectors are as the network gives them.'),
    items: z.array(itemSchema).describe('One for each file, in order.'),
  }),
);
export type Embeddings = z.output<typeof embeddingsSchema>;

/** The answer as JSON, written a few vectors at a time: as one piece it would hold up the event loop. */
export async function writeEmbeddings({ items, ...head }: EmbeddedFiles): Promise<string> {
  const written: string[] = [];
  for (const [at, item] of items.entries()) {
    if (at > 0 && at % WRITTEN_AT_ONCE === 0) await nextTurn();
    written.push(JSON.stringify(toItem(item)));
  }
  return `${JSON.stringify(head).slice(0, -1)},"items":[${written.join(',')}]}`;
}

function toItem(item: EmbeddedFile): Embeddings['items'][number] {
  const { name, status } = item;
  return item.status === 'failed'
    ? { name, status, error: toItemError(item.error) }
    : { name, status, vector: Array.from(item.vector) };
}

const head = {
  encoder: BUNDLED_ENCODER,
  fingerprint: '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
  tap: 'example',
  dimension: 3,
  normalised: false,
};
const embedded = { name: 'dahlia.jpg', status: 'embedded' as const, vector: [0.5, -1.25, 2] };

export const EMBEDDINGS_EXAMPLE: Embeddings = { ...head, items: [embedded] };
export const MIXED_EMBEDDINGS_EXAMPLE: Embeddings = {
  ...head,
  items: [
    embedded,
    {
      name: 'notes.txt',
      status: 'failed',
      error: toItemError({ code: 'image_format_unsupported', detail: 'notes.txt is not an image.' }),
    },
  ],
};
