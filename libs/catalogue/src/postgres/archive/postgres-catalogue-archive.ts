import { Injectable } from '@nestjs/common';
import type pg from 'pg';
import { to as copyTo } from 'pg-copy-streams';
import {
  CatalogueArchive,
  type ArchivedTable,
  type CatalogueSnapshot,
  type KeptOriginal,
} from '../../catalogue-archive.js';
import { KEPT_FOR_EXAMPLE } from '../classifiers/kept-for-example.js';
import { cutOff } from '../copy-embeddings.js';
import { LOCKS } from '../locks.js';
import { PostgresDatabase } from '../postgres-database.js';
import { copyTarget, hasExamples, readContents } from './read-contents.js';

const ORIGINALS_AT_ONCE = 1000;

/** Reads the catalogue in one transaction that sees one moment: what pg_dump does, without a pg_dump. */
@Injectable()
export class PostgresCatalogueArchive extends CatalogueArchive {
  constructor(private readonly database: PostgresDatabase) {
    super();
  }

  override read<T>(work: (snapshot: CatalogueSnapshot) => Promise<T>): Promise<T> {
    return this.database.withConnection(async (client) => {
      // Taken before the moment is chosen: an original that the snapshot speaks of is on the disk until the end.
      await client.query('SELECT pg_advisory_lock_shared($1)', [LOCKS.backup]);
      try {
        await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
        const contents = await readContents(client);
        const result = await work({
          contents,
          rows: (table) => copyRows(client, table),
          originals: () => readOriginals(client, hasExamples(contents.tables)),
        });
        await client.query('COMMIT');
        await client.query('SELECT pg_advisory_unlock_shared($1)', [LOCKS.backup]);
        return result;
      } catch (error) {
        // A COPY may have been broken off: the connection is no good to anybody, and its lock goes with it.
        await cutOff(client as pg.Client);
        throw error;
      }
    });
  }
}

function copyRows(client: pg.ClientBase, table: ArchivedTable): AsyncIterable<Buffer> {
  return client.query(copyTo(`${copyTarget(table)} TO STDOUT (FORMAT binary)`)) as AsyncIterable<Buffer>;
}

async function* readOriginals(client: pg.ClientBase, examples: boolean): AsyncGenerator<KeptOriginal> {
  for await (const sha256 of readHashes(client, 'image', 'reference_path IS NULL')) yield { sha256, own: false };
  if (!examples) return;
  for await (const sha256 of readHashes(client, 'example', KEPT_FOR_EXAMPLE)) yield { sha256, own: true };
}

async function* readHashes(client: pg.ClientBase, table: string, condition: string): AsyncGenerator<string> {
  const cursor = `originals_of_${table}`;
  await client.query(
    `DECLARE ${cursor} NO SCROLL CURSOR FOR
     SELECT encode(sha256, 'hex') AS sha256 FROM ${table} WHERE ${condition} ORDER BY id`,
  );
  for (;;) {
    const { rows } = await client.query<{ sha256: string }>(`FETCH ${ORIGINALS_AT_ONCE} FROM ${cursor}`);
    if (rows.length === 0) return;
    for (const { sha256 } of rows) yield sha256;
  }
}
