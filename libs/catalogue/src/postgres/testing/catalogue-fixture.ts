import { createHash } from 'node:crypto';
import type { StoreResult } from '../../catalogue.js';
import type { EmbeddingSpace } from '../../domain/change.js';
import type { Arrival, ImageSource, NewImage, StoredArrival } from '../../domain/image.js';
import { ChangeTransactions } from '../change-transactions.js';
import { PostgresChangeLog } from '../postgres-change-log.js';
import { PostgresCollections } from '../postgres-collections.js';
import { PostgresFilterVocabulary } from '../filter/postgres-filter-vocabulary.js';
import { PostgresDatabase } from '../postgres-database.js';
import { PostgresEncoders } from '../postgres-encoders.js';
import { PostgresImageReader } from '../postgres-image-reader.js';
import { PostgresImageWriter } from '../postgres-image-writer.js';
import { PostgresImports } from '../postgres-imports.js';
import { PostgresSession } from '../postgres-session.js';
import { PostgresSpaces } from '../postgres-spaces.js';
import { RecordCache } from '../record-cache.js';

export const TAP = 'penultimate';
/** The first encoder of a new database. */
const SPACE: EmbeddingSpace = { encoderId: 1, tap: TAP };

/** A database of a test. */
export interface Droppable {
  readonly url: string;
  drop(): Promise<void>;
}

/** One process's view of a catalogue: every adapter on one pool and one session. */
export class CatalogueFixture {
  readonly database = new PostgresDatabase();
  readonly session = new PostgresSession();
  readonly records = new RecordCache();
  readonly transactions = new ChangeTransactions(this.database, this.records);
  readonly vocabulary = new PostgresFilterVocabulary(this.database);
  readonly reader = new PostgresImageReader(this.database, this.records, this.vocabulary);
  readonly writer = new PostgresImageWriter(this.database, this.session, this.reader, this.transactions);
  readonly changeLog = new PostgresChangeLog(this.database, this.session, this.records);
  readonly collections = new PostgresCollections(this.database, this.transactions);
  readonly imports = new PostgresImports(this.database, this.session, this.transactions);
  readonly spaces = new PostgresSpaces(this.database);
  readonly space = SPACE;

  private constructor(
    /** Of the database; another fixture may be opened on it, like another process. */
    readonly url: string,
    private readonly own?: Droppable,
  ) {}

  /** @param on a database that goes with the fixture, or the address of one that stays */
  static async open(on: Droppable | string): Promise<CatalogueFixture> {
    const [url, own] = typeof on === 'string' ? [on] : [on.url, on];
    const fixture = new CatalogueFixture(url, own);
    await fixture.database.connect(url, 10);
    await fixture.session.open(url);
    await new PostgresEncoders(fixture.database).register({
      name: 'test',
      fingerprint: 'ab'.repeat(32),
      manifest: { name: 'test' },
    });
    return fixture;
  }

  async close(): Promise<void> {
    await this.session.close();
    await this.database.disconnect();
  }

  /** Closes it, and drops the database that was given to it. */
  async drop(): Promise<void> {
    await this.close();
    await this.own?.drop();
  }

  /** Stores arrivals whose originals need no keeping. */
  store(arrivals: readonly Arrival[], items?: readonly number[]): Promise<StoreResult[]> {
    return this.writer.store(arrivals, async () => undefined, items);
  }

  /** A space of another encoder, at which every image is wanted and none is embedded yet. */
  async wantedSpace(dimension: number): Promise<EmbeddingSpace> {
    const encoder = { name: 'another', fingerprint: 'cd'.repeat(32), manifest: { name: 'another' } };
    const space = { encoderId: await new PostgresEncoders(this.database).register(encoder), tap: TAP };
    await this.spaces.want('reindex', [{ ...space, dimension }]);
    return space;
  }

  /** How many connections wait for a lock. */
  async waiting(): Promise<number> {
    const [row] = await this.database.query<{ n: number }>(
      `SELECT count(*) AS n FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
    );
    return row?.n ?? 0;
  }

  /** Stores one arrival that must succeed. */
  async storeOne(one: Arrival): Promise<StoredArrival> {
    const [result] = await this.store([one]);
    if (result?.status !== 'stored') throw new Error(`not stored: ${result?.status}`);
    return result.stored;
  }
}

export const hashOf = (content: string) => createHash('sha256').update(content).digest('hex');

export function newImage(content: string, more: Partial<NewImage> = {}): NewImage {
  const digest = createHash('sha256').update(content).digest();
  return {
    sha256: digest.toString('hex'),
    format: 'jpeg',
    width: 40,
    height: 30,
    bytes: content.length,
    perceptualHash: digest.toString('hex', 0, 8),
    referencePath: null,
    embeddings: [{ ...SPACE, vector: Float32Array.from(digest.subarray(0, 8), (byte) => byte + 1) }],
    ...more,
  };
}

let uploads = 0;

/** `content` stands for the bytes; by default posted under a name of its own. */
export function arrival(
  content: string,
  source: ImageSource = { kind: 'upload', key: `${++uploads}.jpg` },
  more: Partial<Arrival> = {},
): Arrival {
  return { image: newImage(content), source, ...more };
}

export const external = (key: string): ImageSource => ({ kind: 'external', key });
export const file = (key: string): ImageSource => ({ kind: 'file', key });
