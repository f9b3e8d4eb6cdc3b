import type { ImageRecord, ImageSource, Metadata } from '../domain/image.js';

interface ImageRow {
  id: number;
  sha256: Buffer;
  format: string;
  width: number;
  height: number;
  bytes: number;
  perceptual_hash: Buffer | null;
  metadata: Metadata;
  reference_path: string | null;
  created_at: Date;
  updated_at: Date;
  sources: ImageSource[];
  collections: string[];
}

/** Selects whole image records in one round trip; add WHERE, ORDER BY and LIMIT on `i`. */
export const SELECT_IMAGES = `
  SELECT i.*,
         coalesce((SELECT json_agg(json_build_object('kind', s.kind, 'key', s.key) ORDER BY s.id)
                   FROM image_source s WHERE s.image_id = i.id), '[]') AS sources,
         coalesce((SELECT json_agg(c.name ORDER BY c.name)
                   FROM collection_image ci JOIN collection c ON c.id = ci.collection_id
                   WHERE ci.image_id = i.id), '[]') AS collections
  FROM image i`;

export function toImageRecord(row: ImageRow): ImageRecord {
  return {
    id: row.id,
    sha256: row.sha256.toString('hex'),
    format: row.format,
    width: row.width,
    height: row.height,
    bytes: row.bytes,
    perceptualHash: row.perceptual_hash?.toString('hex') ?? null,
    metadata: row.metadata,
    sources: row.sources,
    collections: row.collections,
    referencePath: row.reference_path,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}

export type { ImageRow };
