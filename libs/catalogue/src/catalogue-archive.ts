/** One table as it stands in an archive. */
export interface ArchivedTable {
  readonly name: string;
  /** In the order of the values; generated columns are left out. */
  readonly columns: readonly string[];
  readonly rows: number;
}

/** What a catalogue holds at one moment. */
export interface CatalogueContents {
  /** Names of the migrations it has been through, in order. */
  readonly migrations: readonly string[];
  /** Version of PostgreSQL. */
  readonly server: string;
  readonly tables: readonly ArchivedTable[];
  /** Last value of each sequence that has been used. */
  readonly sequences: readonly { readonly name: string; readonly value: string }[];
  /**
   * Originals that are kept, a person's own training images included, and images whose original was left where it is.
   * `bytes` are those of images: the catalogue does not know how large the others are.
   */
  readonly originals: { readonly count: number; readonly bytes: number; readonly references: number };
}

/** An original in the blob store. */
export interface KeptOriginal {
  readonly sha256: string;
  /** Of a person's own training image, not of an image of the catalogue. */
  readonly own: boolean;
}

/** A catalogue at one moment, whatever is written meanwhile. */
export interface CatalogueSnapshot {
  readonly contents: CatalogueContents;
  /** PostgreSQL's binary COPY of a table, in pieces cut anywhere. */
  rows(table: ArchivedTable): AsyncIterable<Buffer>;
  /** Every original that is kept, once. */
  originals(): AsyncIterable<KeptOriginal>;
}

/** Port: reads the whole catalogue while it is in use. */
export abstract class CatalogueArchive {
  /** Until `work` has ended no original is removed from the disk, whatever is deleted. */
  abstract read<T>(work: (snapshot: CatalogueSnapshot) => Promise<T>): Promise<T>;
}

/** Port: fills an empty catalogue from an archive: `begin`, `load` for each table, `finish`, and `close` in any case. */
export abstract class CatalogueRestore {
  /**
   * Marks data folder and database as unfinished: until `finish` no service starts on them.
   *
   * @returns names of the tables, and `table.column` of the columns, that are not Likeness's, but of somebody who used the
   *   same schema: they are passed over
   * @throws DomainError `restore_target_not_empty`; `archive_newer` when the archive has been through migrations that
   *   are not known here
   */
  abstract begin(contents: CatalogueContents): Promise<string[]>;
  /**
   * @param pieces as `CatalogueSnapshot.rows` gave them; those of a table that is passed over are read as well
   * @throws DomainError `archive_corrupt` for another number of rows
   */
  abstract load(table: ArchivedTable, pieces: AsyncIterable<Buffer>): Promise<void>;
  /** Makes all of it visible at once, under a new epoch, and brings it to the newest schema. */
  abstract finish(): Promise<void>;
  abstract close(): Promise<void>;
}
