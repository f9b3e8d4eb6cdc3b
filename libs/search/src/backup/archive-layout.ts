import { z } from 'zod';
import type { CatalogueContents } from '#libs/catalogue';
import { DomainError } from '#libs/errors';

export const ARCHIVE_FORMAT = 1;
export const MANIFEST_ENTRY = 'manifest.json';

/** Folders of the data folder that go into an archive as they are: imported encoders, and heads kept as files. */
export const ARCHIVED_FOLDERS = ['models', 'heads'] as const;

const contentsSchema = z.object({
  migrations: z.array(z.string()),
  server: z.string(),
  tables: z.array(z.object({ name: z.string(), columns: z.array(z.string()), rows: z.number() })),
  sequences: z.array(z.object({ name: z.string(), value: z.string() })),
  originals: z.object({ count: z.number(), bytes: z.number(), references: z.number() }),
});

const manifestSchema = z.object({
  format: z.literal(ARCHIVE_FORMAT),
  product: z.literal('likeness'),
  createdAt: z.string(),
  catalogue: contentsSchema,
});

/** First entry of an archive: what it is and what it holds. */
export interface ArchiveManifest {
  readonly format: typeof ARCHIVE_FORMAT;
  readonly product: 'likeness';
  readonly createdAt: string;
  readonly catalogue: CatalogueContents;
}

/** @throws DomainError `archive_newer`, `archive_corrupt` */
export function parseArchiveManifest(bytes: Buffer): ArchiveManifest {
  try {
    const raw = JSON.parse(bytes.toString()) as { format?: unknown };
    if (typeof raw.format === 'number' && raw.format > ARCHIVE_FORMAT) {
      throw new DomainError(
        'archive_newer',
        `The archive has format ${raw.format}; this version reads ${ARCHIVE_FORMAT}.`,
      );
    }
    return manifestSchema.parse(raw);
  } catch (error) {
    if (error instanceof DomainError) throw error;
    throw new DomainError('archive_corrupt', `Its ${MANIFEST_ENTRY} cannot be read.`, { cause: error });
  }
}

export type EntryPlace =
  | { readonly kind: 'table'; readonly table: string }
  | { readonly kind: 'original'; readonly sha256: string }
  | { readonly kind: 'file'; readonly path: readonly string[] };

/** Name of a piece of a table; a table's pieces follow each other. */
export const tableEntry = (table: string, piece: number): string =>
  `tables/${table}/${String(piece).padStart(6, '0')}.copy`;
export const originalEntry = (sha256: string): string => `originals/${sha256.slice(0, 2)}/${sha256}`;
export const fileEntry = (path: readonly string[]): string => `files/${path.join('/')}`;

/** What an entry is, from its name; `null` for a name no archive of ours has, so that nothing is written elsewhere. */
export function placeOf(name: string): EntryPlace | null {
  const [kind, first = '', ...rest] = name.split('/');
  if (kind === 'tables' && rest.length === 1) return { kind: 'table', table: first };
  if (kind === 'originals' && /^[0-9a-f]{64}$/.test(rest[0] ?? '') && rest.length === 1) {
    return { kind: 'original', sha256: rest[0] ?? '' };
  }
  const known = (ARCHIVED_FOLDERS as readonly string[]).includes(first);
  const plain = rest.every((part) => part !== '' && part !== '.' && part !== '..' && !/[\\\0]/.test(part));
  return kind === 'files' && known && plain && rest.length > 0 ? { kind: 'file', path: [first, ...rest] } : null;
}
