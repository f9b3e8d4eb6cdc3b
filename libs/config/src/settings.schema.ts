import { availableParallelism } from 'node:os';
import { z } from 'zod';
import { BUNDLED_ENCODER } from './bundled-encoder.js';

const cores = availableParallelism();
const MIB = 1024 * 1024;

const count = (fallback: number, min: number, max: number) =>
  z.coerce.number().int().min(min).max(max).default(fallback);
const flag = z.stringbool({ truthy: ['1', 'true', 'yes', 'on'], falsy: ['0', 'false', 'no', 'off'] });
const list = z
  .string()
  .transform((text) => text.split(',').map((part) => part.trim()))
  .transform((parts) => parts.filter((part) => part !== ''));

/**
 * Every environment variable the service reads, with its range, default and meaning. `.env.example` is generated from
 * here (`npm run settings:write`); the README's table of the usual ones is not.
 */
export const settingsSchema = z.object({
  LIKENESS_HOST: z
    .string()
    .min(1)
    .default('127.0.0.1')
    .describe('Address to listen on. Anything but loopback should have LIKENESS_API_KEY set.'),
  LIKENESS_PORT: count(3000, 0, 65535).describe('Port to listen on; 0 takes any free one.'),
  LIKENESS_API_KEY: z
    .string()
    .min(16)
    .regex(/^[\x21-\x7e]+$/, 'printable ASCII without spaces')
    .optional()
    .describe(
      'When set, every /v1 call needs `Authorization: Bearer <key>`. At least 16 characters: printable ASCII without spaces.',
    ),
  LIKENESS_ALLOWED_HOSTS: list
    .default([])
    .describe('Further names, comma-separated, that may stand in the Host header (a guard against DNS rebinding).'),
  LIKENESS_MAX_FILE_BYTES: count(64 * MIB, 1024, 2048 * MIB).describe('Largest image file accepted, in bytes.'),
  LIKENESS_MAX_FILES_PER_REQUEST: count(100, 1, 10_000).describe('Most files in one upload.'),
  LIKENESS_MAX_PIXELS: count(120_000_000, 1, 1_000_000_000).describe(
    'Largest image accepted, in pixels (width × height); stops decompression bombs.',
  ),
  LIKENESS_DATA_DIR: z
    .string()
    .min(1)
    .default('./data')
    .describe('Folder of everything that is kept: database, originals, thumbnails, index.'),
  LIKENESS_FILES_DIR: z
    .string()
    .min(1)
    .optional()
    .describe(
      'Folder of originals and thumbnails, where several processes share one database; default: the data folder.',
    ),
  DATABASE_URL: z
    .string()
    .regex(/^postgres(ql)?:\/\//, 'a postgres:// address')
    .optional()
    .describe('Use this PostgreSQL (15 or newer) instead of the embedded one.'),
  LIKENESS_DATABASE_POOL: count(10, 3, 100).describe('Most database connections of one process.'),
  LIKENESS_ENCODER: z
    .string()
    .regex(/^[a-z0-9][a-z0-9._-]*$/i, 'the name of a folder in models/')
    .default(BUNDLED_ENCODER)
    .describe(
      'Encoder of a catalogue without images, by the name of its folder in models/; one that has images keeps its own until `likeness reindex` changes it.',
    ),
  LIKENESS_TAP: z
    .string()
    .min(1)
    .default('penultimate')
    .describe(
      'Which output of the encoder is indexed in a catalogue without images: penultimate or logits, or another tap of its manifest; one that has images keeps its own until `likeness reindex` changes it.',
    ),
  LIKENESS_TAPS: list
    .default([])
    .describe(
      'Further taps, comma-separated, at which images are embedded and can be searched. The same for every process.',
    ),
  LIKENESS_RUNTIME: z
    .enum(['auto', 'onnx', 'tensorflow'])
    .default('auto')
    .describe('What executes the encoder; auto: whichever its files allow and is fastest.'),
  LIKENESS_DEVICE: z
    .enum(['auto', 'cpu', 'cuda', 'webgpu', 'coreml', 'directml'])
    .default('auto')
    .describe(
      'What the encoder is executed on; auto: the fastest that answers as the CPU does. One that is named must work.',
    ),
  LIKENESS_ENCODER_THREADS: count(cores, 1, 256).describe('Threads used for encoding.'),
  LIKENESS_ENCODER_BATCH: count(16, 1, 256).describe('Most images in one run of the encoder.'),
  LIKENESS_INDEX: z
    .enum(['auto', 'hnsw', 'exact'])
    .default('auto')
    .describe('auto: HNSW where hnswlib-node is installed, else exact.'),
  LIKENESS_INDEX_M: count(16, 4, 96).describe('HNSW: links per node.'),
  LIKENESS_INDEX_EF_CONSTRUCTION: count(200, 16, 2000).describe('HNSW: candidates while building.'),
  LIKENESS_INDEX_EF: count(64, 8, 4096).describe('HNSW: candidates while searching; more finds more and takes longer.'),
  LIKENESS_INDEX_COMPACT: count(0, 0, 4096).describe(
    'HNSW over vectors shortened to this many components, re-ranked by the whole ones; 0: over the whole ones. For large catalogues.',
  ),
  LIKENESS_INDEX_SEAL_AT: count(8192, 16, 1_000_000).describe(
    'Vectors in the exactly scanned tail before it is sealed into a segment.',
  ),
  LIKENESS_INDEX_EXACT_LIMIT: count(20_000, 0, 10_000_000).describe(
    'A filter that matches at most this many images is answered by an exact scan.',
  ),
  LIKENESS_RECALL_EVERY: count(300, 0, 86_400).describe(
    'Seconds between comparisons of recent searches with exact ones, which give the recall in stats and metrics; 0: never.',
  ),
  LIKENESS_INDEX_WORKERS: count(Math.min(cores, 4), 1, 64).describe('Threads that search.'),
  LIKENESS_DUPLICATES_THRESHOLD: z.coerce
    .number()
    .min(0.5)
    .max(1)
    .optional()
    .describe(
      'Cosine from which images count as near-duplicates, if their perceptual hashes agree; default: what was measured for the encoder in use, see docs/duplicates.md.',
    ),
  LIKENESS_THUMBNAIL_SIZE: count(256, 32, 1024).describe('Longest side of a thumbnail, in pixels.'),
  LIKENESS_IMPORT_ROOTS: list
    .default([])
    .describe('Folders, comma-separated, to import from. Empty: any, on loopback without LIKENESS_ALLOWED_HOSTS.'),
  LIKENESS_FETCH: flag
    .default(true)
    .describe('Whether images are fetched by URL when somebody gives one; false: none is.'),
  LIKENESS_FETCH_ALLOW: list
    .default([])
    .describe(
      'Comma-separated, all that may be fetched: hosts (example.org, *.example.org) at their public addresses; addresses and networks (10.0.0.0/8), private ones too. Empty: every public address.',
    ),
  LIKENESS_FETCH_TIMEOUT: count(20, 1, 600).describe('Seconds that one fetch by URL may take.'),
  LIKENESS_IMPORT_CHUNK: count(48, 1, 500).describe('Images an import takes up at a time.'),
  LIKENESS_JOBS: flag
    .default(true)
    .describe('Whether this process also runs jobs; false for a process that only answers HTTP.'),
  LIKENESS_LOG_LEVEL: z
    .enum(['silent', 'error', 'warn', 'info', 'debug'])
    .default('info')
    .describe('How much is logged.'),
  LIKENESS_LOG_FORMAT: z
    .enum(['auto', 'json', 'text'])
    .default('auto')
    .describe('auto: text on a terminal, JSON elsewhere.'),
});

export type RawSettings = z.output<typeof settingsSchema>;
