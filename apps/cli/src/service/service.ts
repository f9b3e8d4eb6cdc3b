import type { Readable } from 'node:stream';
import type { Compression } from '#libs/archive';
import type {
  CollectionRecord,
  ImageSource,
  ImportItemRecord,
  ImportProgress,
  ItemStatus,
  Metadata,
  MetadataField,
  MetadataFieldReport,
  MetadataFieldType,
} from '#libs/catalogue';
import type { ImageRegion } from '#libs/imaging';
import type {
  ExampleShare,
  RecallReport,
  ReindexOrder,
  ReindexView,
  ServiceStats,
  SpaceName,
  SpaceView,
  Strategy,
  VerifyReport,
} from '#libs/search';
import type { SearchPlan } from '#libs/vector-index';
import type { StoredImage } from './stored-image.js';

/** An import as commands see it: times as ISO strings, whether it came over HTTP or not. */
export type ImportView = Omit<ImportProgress, 'createdAt' | 'finishedAt'> & {
  readonly createdAt: string;
  readonly finishedAt: string | null;
};

export interface ImportOrder {
  /** Absolute path of a folder or manifest. */
  readonly path: string;
  readonly collection?: string;
  readonly reference?: boolean;
  readonly removeVanished?: boolean;
}

export interface ItemPage {
  readonly items: readonly ImportItemRecord[];
  readonly nextCursor: number | null;
}

export interface ItemQuery {
  readonly status?: ItemStatus;
  readonly cursor?: number;
  readonly limit?: number;
}

/** A picture to take one's bearings from: the bytes of a file, a stored image, or what stands behind an address. */
export type SearchSubject =
  { readonly file: string; readonly bytes: Buffer } | { readonly id: number } | { readonly url: string };

export type SearchExample = SearchSubject & {
  /** The part of the picture that counts. */
  readonly region?: ImageRegion;
};

/** What results should look like, and what they should not. */
export interface SearchQuery {
  readonly positives: readonly SearchExample[];
  readonly negatives?: readonly SearchExample[];
  readonly strategy?: Strategy;
}

export interface SearchChoices {
  readonly k?: number;
  /** By the strategy; a cosine, −1 … 1, where nothing else is said. */
  readonly minScore?: number;
  readonly exact?: boolean;
  readonly collection?: string;
  /** In its text form, or as JSON. */
  readonly filter?: string;
  readonly encoder?: string;
  readonly tap?: string;
  /** Lists near-duplicates of a better result under it; `k` counts what is left. */
  readonly collapse?: boolean;
  /** Says for each result where it and the examples agree; at most 24 results. */
  readonly explain?: boolean;
}

/** Where a result and the examples agree. */
export interface ExplanationView {
  /** The score made anew from the pictures. */
  readonly total: number;
  /** A PNG: the result with the shares of its places laid over it. */
  readonly overlay: Buffer;
  /** With the example as a PNG of the same kind, for those that count here. */
  readonly examples: readonly (Pick<ExampleShare, 'list' | 'at' | 'share'> & { readonly overlay?: Buffer })[];
}

export interface FoundImage {
  readonly id: number;
  /** By the strategy; a cosine, −1 … 1, where nothing else is said. */
  readonly score: number;
  readonly distance: number;
  /** Path the image was imported from, or the external id or file name it was posted under. */
  readonly source: string;
  readonly sources: readonly ImageSource[];
  readonly collections: readonly string[];
  readonly metadata: Metadata;
  readonly width: number;
  readonly height: number;
  readonly format: string;
  /** With `collapse`: near-duplicates of it that came after it, where there are any. */
  readonly duplicates?: readonly { readonly id: number; readonly score: number }[];
  /** Where it was asked for; null where the original cannot be read any more. */
  readonly explanation?: ExplanationView | null;
}

export interface Findings {
  readonly plan: SearchPlan;
  /** Images that were searched among. */
  readonly matched: number;
  readonly results: readonly FoundImage[];
}

export interface ImageQuery {
  readonly collection?: string;
  /** In its text form, or as JSON. */
  readonly filter?: string;
  /** 1 … 500. */
  readonly limit?: number;
  readonly cursor?: string;
}

export interface StoredPage {
  readonly images: readonly StoredImage[];
  readonly nextCursor: string | null;
}

/** An image, and whether searches find it already. */
export type StoredImageView = StoredImage & { readonly searchable: boolean };

/** A collection: times as ISO strings, whether it came over HTTP or not. */
export type CollectionView = Omit<CollectionRecord, 'createdAt'> & { readonly createdAt: string };

/** A declared metadata field: times as ISO strings, whether it came over HTTP or not. */
export type FieldView = Omit<MetadataField, 'declaredAt'> & { readonly declaredAt: string };
export type FieldReportView = Omit<MetadataFieldReport, 'declaredAt'> & { readonly declaredAt: string };

export interface RecallChoices {
  /** In its text form, or as JSON. */
  readonly filter?: string;
  readonly queries?: number;
  readonly k?: number;
  readonly ef?: number;
}

export interface VerifyChoices {
  readonly repair?: boolean;
  readonly deep?: boolean;
}

/** Where a change of encoder stands, as the API answers it. */
export type ReindexAnswer = Pick<
  ReindexView,
  'status' | 'active' | 'previous' | 'target' | 'progress' | 'imagesPerSecond' | 'secondsLeft' | 'leftovers'
> & {
  readonly spaces: readonly Pick<
    SpaceView,
    'encoder' | 'fingerprint' | 'tap' | 'wantedBy' | 'complete' | 'dimension'
  >[];
  readonly unusable: readonly { readonly imageId: string; readonly error: { readonly detail: string } }[];
};

export type SpaceAnswer = SpaceName;
export type ReindexStep = 'cancel' | 'rollback' | 'remove-old';

export interface ThumbnailView {
  readonly mediaType: string;
  readonly data: Buffer;
}

/**
 * Port: Likeness as the commands use it, whether a service runs on the data folder or this process opened the folder
 * itself. Every method throws DomainError.
 */
export abstract class Service {
  /** For a person: where the work is done. */
  abstract readonly location: string;
  /** Whether imports go on after this process has ended. */
  abstract readonly outlivesCommand: boolean;

  abstract startImport(order: ImportOrder): Promise<ImportView>;
  abstract getImport(id: number): Promise<ImportView>;
  /** Newest first; of one folder or manifest where `root` names it. */
  abstract listImports(limit: number, root?: string): Promise<readonly ImportView[]>;
  abstract importItems(id: number, query: ItemQuery): Promise<ItemPage>;
  abstract cancelImport(id: number): Promise<ImportView>;
  abstract retryImport(id: number): Promise<ImportView>;
  /** Progress as it changes; the last one has a final status. */
  abstract watchImport(id: number, signal: AbortSignal): AsyncIterable<ImportView>;
  abstract search(query: SearchQuery, choices: SearchChoices): Promise<Findings>;
  /** Newest first. */
  abstract listImages(query: ImageQuery): Promise<StoredPage>;
  abstract getImage(id: number): Promise<StoredImageView>;
  /** Deletes for good. @returns those that were there */
  abstract deleteImages(ids: readonly number[]): Promise<readonly number[]>;
  abstract listCollections(): Promise<readonly CollectionView[]>;
  abstract listFields(): Promise<readonly FieldView[]>;
  abstract declareField(key: string, type: MetadataFieldType): Promise<FieldReportView>;
  abstract removeField(key: string): Promise<void>;
  abstract thumbnail(id: number): Promise<ThumbnailView>;
  abstract measureRecall(choices: RecallChoices): Promise<RecallReport>;
  abstract stats(): Promise<ServiceStats>;
  abstract verify(choices: VerifyChoices): Promise<VerifyReport>;
  abstract reindex(): Promise<ReindexAnswer>;
  abstract startReindex(order: ReindexOrder): Promise<ReindexAnswer>;
  abstract stepReindex(step: ReindexStep): Promise<ReindexAnswer>;
  /** The bytes of an archive; they end with an error where it is not whole. */
  abstract backup(compression: Compression, signal: AbortSignal): Promise<Readable>;
  /** Lets go of everything; an import that has begun is kept and taken up by the next one that runs jobs. */
  abstract close(): Promise<void>;
}
