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

/** Which top-level keys of the metadata may be declared: a filter quotes the key that it asks of. */
export const metadataKey = z
  .string()
  .min(1)
  .max(200)
  .regex(/^[^\p{Cc}"]*$/u, { error: 'a key without quotes and control characters', abort: true })
  .superRefine(storable);
