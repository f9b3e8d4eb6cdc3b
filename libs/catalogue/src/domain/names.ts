import { z } from 'zod';
import { storable } from './storable.js';

/** What a collection may be called, without the spaces around it: its name is a part of an address. */
export const collectionName = z
  .string()
  .trim()
  .min(1)
  .max(100)
  .regex(/^[^\p{Cc}/\\]*$/u, { error: 'a name without slashes and control characters', abort: true })
  .superRefine(storable);

/** Most characters of a top-level key of the metadata. */
const MAX_METADATA_KEY = 200;

/** What may be kept with an image. A key that is too long is told of the object: errors are no place for it. */
export const imageMetadata = z
  .record(z.string().meta({ maxLength: MAX_METADATA_KEY }), z.unknown())
  .refine((metadata) => Object.keys(metadata).every(({ length }) => length <= MAX_METADATA_KEY), {
    error: `keys of at most ${MAX_METADATA_KEY} characters`,
    abort: true,
  })
  .superRefine(storable);

/** Which top-level keys of the metadata may be declared: a filter quotes the key that it asks of. */
export const metadataKey = z
  .string()
  .min(1)
  .max(MAX_METADATA_KEY)
  .regex(/^[^\p{Cc}"]*$/u, { error: 'a key without quotes and control characters', abort: true })
  .superRefine(storable);
