import { collectionName, imageMetadata } from '#libs/catalogue';
import { z } from 'zod';

const DIGITS = /^[1-9][0-9]{0,15}$/;

/** An id as callers write it: a string of digits. */
export const idSchema = z
  .string()
  .regex(DIGITS, 'an id: a string of digits')
  .describe('Id: a string of digits.')
  .meta({ examples: ['42'] })
  .transform(Number)
  .refine(Number.isSafeInteger, 'an id: a string of digits');

/** `:id` of an address. */
export const idParamSchema = z.object({ id: idSchema });
export type IdParam = z.output<typeof idParamSchema>;

/** An id as the service answers it. */
export const idTextSchema = z.string().describe('Id: a string of digits.');

/** `true` or `false` in a query string or a form. */
export const flagSchema = z.enum(['true', 'false']).transform((text) => text === 'true');

export const collectionNameSchema = collectionName.describe('Name of a collection.');

/**
 * A number as an address, a query string or a form has it: text. What is left empty is none, where `z.coerce` makes it 0.
 *
 * @param number with its default and its description: only these are in the OpenAPI document
 */
export const numberText = <T extends z.ZodType<number | undefined>>(number: T) =>
  z.preprocess((text) => (typeof text === 'string' && text.trim() !== '' ? Number(text) : text), number);

export const limitSchema = (fallback: number, max: number) =>
  numberText(z.number().int().min(1).max(max).default(fallback).describe('Most entries in the answer.'));

export const metadataSchema = imageMetadata.describe('Anything JSON that you want to keep with the image.');
