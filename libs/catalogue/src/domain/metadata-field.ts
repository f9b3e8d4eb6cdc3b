/**
 * Types a metadata key can be declared as. `keyword`: strings compared whole; `text`: strings that can also be compared
 * by their beginning and order; `date`: ISO 8601 strings. Strings may have 256 characters at most.
 */
export const METADATA_FIELD_TYPES = ['keyword', 'text', 'number', 'boolean', 'date'] as const;
export type MetadataFieldType = (typeof METADATA_FIELD_TYPES)[number];
