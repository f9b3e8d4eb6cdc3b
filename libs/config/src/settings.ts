import path from 'node:path';
import { DomainError, type FieldProblem } from '#libs/errors';
import { settingsSchema } from './settings.schema.js';

/** The one settings object, grouped by who uses it. Injected by this class. */
export class Settings {
  constructor(
    readonly http: HttpSettings,
    readonly limits: LimitSettings,
    readonly data: DataSettings,
    readonly database: DatabaseSettings,
    readonly encoder: EncoderSettings,
    readonly index: IndexSettings,
    readonly imports: ImportSettings,
    readonly log: LogSettings,
    readonly fetching: FetchSettings,
    readonly duplicates: DuplicateSettings,
  ) {}

  /** The same settings, with jobs run by this process or not. */
  withJobs(runJobs: boolean): Settings {
    const imports = { ...this.imports, runJobs };
    return Object.assign(Object.create(Settings.prototype) as Settings, this, { imports });
  }
}

export interface HttpSettings {
  readonly host: string;
  readonly port: number;
  readonly apiKey?: string;
  readonly allowedHosts: readonly string[];
  readonly maxFilesPerRequest: number;
}
export interface LimitSettings {
  /** Bytes of one file. */
  readonly maxFileBytes: number;
  /** Width × height of one image. */
  readonly maxPixels: number;
  /** Longest side of a thumbnail, pixels. */
  readonly thumbnailSize: number;
}
export interface DataSettings {
  /** Absolute path of the data folder; one process owns it. */
  readonly dir: string;
  /** Absolute path of the folder of originals and thumbnails; may be shared. */
  readonly filesDir: string;
}
export interface DatabaseSettings {
  /** Absent: the embedded PostgreSQL of the data folder. */
  readonly url?: string;
  readonly poolSize: number;
}
export interface EncoderSettings {
  readonly name: string;
  readonly tap: string;
  /** Further taps that are stored and searched. */
  readonly taps: readonly string[];
  readonly runtime: 'auto' | 'onnx' | 'tensorflow';
  readonly device: 'auto' | 'cpu' | 'cuda' | 'webgpu' | 'coreml' | 'directml';
  readonly threads: number;
  readonly maxBatch: number;
}
export interface IndexSettings {
  readonly kind: 'auto' | 'hnsw' | 'exact';
  readonly m: number;
  readonly efConstruction: number;
  /** Components of the graphs' short vectors; 0: graphs are over the whole ones. */
  readonly compact: number;
  readonly ef: number;
  readonly sealAt: number;
  readonly exactLimit: number;
  /** Seconds between samples of recall; 0 or absent: none are taken. */
  readonly recallEvery?: number;
  readonly workers: number;
}
export interface ImportSettings {
  readonly roots: readonly string[];
  readonly chunk: number;
  readonly runJobs: boolean;
}
export interface FetchSettings {
  readonly enabled: boolean;
  /** Hosts, addresses and networks; empty: every public address. */
  readonly allow: readonly string[];
  /** Milliseconds for one fetch. */
  readonly timeoutMs: number;
}
export interface DuplicateSettings {
  /** Cosine from which images count as near-duplicates, where their hashes agree; 0.5 … 1. Otherwise the encoder's own. */
  readonly threshold?: number;
}
export interface LogSettings {
  readonly level: 'silent' | 'error' | 'warn' | 'info' | 'debug';
  readonly format: 'auto' | 'json' | 'text';
}

/** What stands in for an environment variable: the environment, or a command's flags laid over it. */
export type SettingsSource = Readonly<Record<string, string | undefined>>;

/**
 * Reads and checks every setting at once.
 *
 * @param source defaults to the environment; empty strings count as not set
 * @throws DomainError `settings_invalid` with one field problem for each setting that is wrong, all of them
 */
export function loadSettings(source: SettingsSource = process.env): Settings {
  const given = Object.fromEntries(
    Object.keys(settingsSchema.shape).flatMap((name) => {
      const value = source[name]?.trim();
      return value === undefined || value === '' ? [] : [[name, value]];
    }),
  );
  const parsed = settingsSchema.safeParse(given);
  if (!parsed.success) {
    const fields = parsed.error.issues.map((issue): FieldProblem => {
      const name = String(issue.path[0]);
      const secret = /KEY|URL/.test(name);
      return {
        path: name,
        expected: issue.message,
        received: secret ? '(hidden)' : JSON.stringify(given[name] ?? null),
      };
    });
    const lines = fields.map((field) => `${field.path}: ${field.expected}, but it is ${field.received}`);
    throw new DomainError('settings_invalid', lines.join('\n'), { fields });
  }
  const raw = parsed.data;
  return new Settings(
    {
      host: raw.LIKENESS_HOST,
      port: raw.LIKENESS_PORT,
      apiKey: raw.LIKENESS_API_KEY,
      allowedHosts: raw.LIKENESS_ALLOWED_HOSTS,
      maxFilesPerRequest: raw.LIKENESS_MAX_FILES_PER_REQUEST,
    },
    {
      maxFileBytes: raw.LIKENESS_MAX_FILE_BYTES,
      maxPixels: raw.LIKENESS_MAX_PIXELS,
      thumbnailSize: raw.LIKENESS_THUMBNAIL_SIZE,
    },
    {
      dir: path.resolve(raw.LIKENESS_DATA_DIR),
      filesDir: path.resolve(raw.LIKENESS_FILES_DIR ?? raw.LIKENESS_DATA_DIR),
    },
    { url: raw.DATABASE_URL, poolSize: raw.LIKENESS_DATABASE_POOL },
    {
      name: raw.LIKENESS_ENCODER,
      tap: raw.LIKENESS_TAP,
      taps: raw.LIKENESS_TAPS,
      runtime: raw.LIKENESS_RUNTIME,
      device: raw.LIKENESS_DEVICE,
      threads: raw.LIKENESS_ENCODER_THREADS,
      maxBatch: raw.LIKENESS_ENCODER_BATCH,
    },
    {
      kind: raw.LIKENESS_INDEX,
      m: raw.LIKENESS_INDEX_M,
      efConstruction: raw.LIKENESS_INDEX_EF_CONSTRUCTION,
      compact: raw.LIKENESS_INDEX_COMPACT,
      ef: raw.LIKENESS_INDEX_EF,
      sealAt: raw.LIKENESS_INDEX_SEAL_AT,
      exactLimit: raw.LIKENESS_INDEX_EXACT_LIMIT,
      recallEvery: raw.LIKENESS_RECALL_EVERY,
      workers: raw.LIKENESS_INDEX_WORKERS,
    },
    {
      roots: raw.LIKENESS_IMPORT_ROOTS.map((root) => path.resolve(root)),
      chunk: raw.LIKENESS_IMPORT_CHUNK,
      runJobs: raw.LIKENESS_JOBS,
    },
    { level: raw.LIKENESS_LOG_LEVEL, format: raw.LIKENESS_LOG_FORMAT },
    {
      enabled: raw.LIKENESS_FETCH,
      allow: raw.LIKENESS_FETCH_ALLOW,
      timeoutMs: raw.LIKENESS_FETCH_TIMEOUT * 1000,
    },
    { threshold: raw.LIKENESS_DUPLICATES_THRESHOLD },
  );
}
