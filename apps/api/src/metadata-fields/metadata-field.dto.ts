import { METADATA_FIELD_TYPES, metadataKey, type MetadataField, type MetadataFieldReport } from '#libs/catalogue';
import { z } from 'zod';
import { idTextSchema } from '../http/schemas.js';
import { request, response } from '../openapi/components.js';

const keySchema = metadataKey.describe('Top-level key of the metadata.');
const typeSchema = z
  .enum(METADATA_FIELD_TYPES)
  .describe(
    'keyword: strings compared whole; text: strings, also by their beginning and order; date: ISO 8601 strings. Strings may have 256 characters at most.',
  );

export const fieldKeySchema = z.object({ key: keySchema });
export type FieldKey = z.output<typeof fieldKeySchema>;

export const newFieldSchema = request('NewMetadataField', z.strictObject({ key: keySchema, type: typeSchema }));
export type NewField = z.output<typeof newFieldSchema>;

const field = {
  key: z.string(),
  type: typeSchema,
  declaredAt: z.iso.datetime(),
  indexed: z.boolean().describe('Whether the database has a usable index of it.'),
};
export const fieldsSchema = response('MetadataFields', z.object({ fields: z.array(z.object(field)) }));
export const fieldReportSchema = response(
  'MetadataFieldReport',
  z.object({
    ...field,
    images: z.number().int().describe('Images with a value of that type.'),
    misfits: z.number().int().describe('Images whose value is of another type: filters do not see it.'),
    misfitSamples: z.array(z.object({ imageId: idTextSchema, value: z.unknown() })).describe('The first of them.'),
  }),
);

export function toFieldDto({ key, type, declaredAt, indexed }: MetadataField) {
  return { key, type, declaredAt: declaredAt.toISOString(), indexed };
}

export function toFieldReportDto(report: MetadataFieldReport): z.output<typeof fieldReportSchema> {
  const { images, misfits, misfitSamples } = report;
  return {
    ...toFieldDto(report),
    images,
    misfits,
    misfitSamples: misfitSamples.map(({ imageId, value }) => ({ imageId: String(imageId), value })),
  };
}
