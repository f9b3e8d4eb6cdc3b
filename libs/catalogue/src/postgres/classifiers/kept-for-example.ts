/**
 * SQL condition on rows of `example`: a person's own image whose original is in the blob store for its sake alone. Where
 * the catalogue has the same content as an image that is kept, the original is that image's.
 */
export const KEPT_FOR_EXAMPLE = `own AND NOT EXISTS (
  SELECT 1 FROM image WHERE image.sha256 = example.sha256 AND image.reference_path IS NULL)`;
