/**
 * Types a metadata key can be declared as. `keyword`: strings compared whole; `text`: strings that can also be compared
 * by their beginning and order; `date`: ISO 8601 strings. Strings may have 256 characters at most.
 */
export const METADATA_FIELD_TYPES = ['keyword', 'text', 'number', 'boolean', 'date'] as const;
export type MetadataFieldType = (typeof METADATA_FIELD_TYPES)[number];

export interface MetadataField {
  /** Top-level key of the metadata. */
  readonly key: string;
  readonly type: MetadataFieldType;
  readonly declaredAt: Date;
  /** Whether the database has an index of it that it can use. */
  readonly indexed: boolean;
}

/** A declared field, and how what is stored fits it. */
export interface MetadataFieldReport extends MetadataField {
  /** Images with a value of that type. */
  readonly images: number;
  /** Images with a value that is of another type, so that filters do not see it. */
  readonly misfits: number;
  /** The first of them. */
  readonly misfitSamples: readonly { readonly imageId: number; readonly value: unknown }[];
}

/** Port: the metadata keys that filters may ask of. */
export abstract class MetadataFields {
  /** By key. */
  abstract list(): Promise<MetadataField[]>;
  /**
   * Declares a key, makes its index beside running work, and reports what is stored. Idempotent.
   *
   * @throws DomainError `metadata_field_conflict` where the key is declared as another type
   */
  abstract declare(key: string, type: MetadataFieldType): Promise<MetadataFieldReport>;
  /** How stored values fit; null where the key is not declared. */
  abstract report(key: string): Promise<MetadataFieldReport | null>;
  /** The values stay in the metadata. @returns whether it was declared */
  abstract remove(key: string): Promise<boolean>;
  /** Makes indexes that are missing or were left half made, as after a restore. */
  abstract ensureIndexes(): Promise<void>;
}
