import { parse } from 'csv-parse';
import { createReadStream } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { z } from 'zod';
import { fitsKey, imageMetadata, KEY_LENGTH, madeStorable, type NewItem, storable } from '#libs/catalogue';
import { DomainError } from '#libs/errors';
import { isUrl } from './item-reader.js';
import { fileItem } from './list-folder.js';

const rowSchema = z.object({
  path: z.string().min(1).max(4096).superRefine(storable),
  externalId: z.string().min(1).max(500).superRefine(storable).optional(),
  metadata: imageMetadata.optional(),
});

/** Whether a path names a manifest rather than a folder. */
export function isManifest(file: string): boolean {
  return /\.(csv|ndjson|jsonl)$/i.test(file);
}

/**
 * The files a manifest names, with external id and metadata. NDJSON: one object a line with `path`, `externalId`,
 * `metadata`. CSV: a header with `path`, optionally `externalId` (or `external_id`) and `metadata` (JSON); every
 * other column is metadata, as text. Paths are relative to the manifest; `url` (or an http address as `path`)
 * names an image that is fetched. A bad row becomes a failed item.
 *
 * @throws DomainError `import_source_unreadable`, `manifest_invalid` when the file as a whole cannot be read
 */
export async function* listManifest(file: string): AsyncGenerator<NewItem> {
  const rows = /\.csv$/i.test(file) ? csvRows(file) : jsonRows(file);
  for await (const { line, value } of rows) {
    const parsed = rowSchema.safeParse(value);
    if (!parsed.success) {
      const problem =
        value instanceof Error
          ? value.message
          : parsed.error.issues.map((issue) => `${issue.path.join('.') || 'row'}: ${issue.message}`).join('; ');
      yield badRow(file, line, problem);
      continue;
    }
    const { path: named, externalId, metadata } = parsed.data;
    const full = isUrl(named) ? named : path.resolve(path.dirname(file), named);
    if (!fitsKey(full)) {
      yield badRow(file, line, `path: expected ${KEY_LENGTH}, received ${Buffer.byteLength(full)}`);
      continue;
    }
    if (isUrl(named)) {
      yield {
        path: named,
        size: null,
        modifiedMs: null,
        ...(externalId !== undefined && { externalId }),
        ...(metadata !== undefined && { metadata }),
      };
      continue;
    }
    const found = (await fileItem(full)) ?? {
      path: full,
      size: null,
      modifiedMs: null,
      error: { code: 'import_file_unreadable' as const, detail: `line ${line}: ${full} is a folder` },
    };
    yield { ...found, ...(externalId !== undefined && { externalId }), ...(metadata !== undefined && { metadata }) };
  }
}

/** An item that says what is wrong with a row. */
const badRow = (file: string, line: number, problem: string): NewItem => ({
  path: `${file}:${line}`,
  size: null,
  modifiedMs: null,
  error: { code: 'manifest_invalid', detail: madeStorable(`line ${line}: ${problem}`) },
});

interface Row {
  readonly line: number;
  /** An Error where the line cannot be parsed. */
  readonly value: unknown;
}

async function* jsonRows(file: string): AsyncGenerator<Row> {
  const stream = createReadStream(file, 'utf8');
  let line = 0;
  try {
    for await (const text of createInterface({ input: stream, crlfDelay: Infinity })) {
      line += 1;
      const row = line === 1 ? text.replace(/^\ufeff/, '') : text;
      if (row.trim() !== '') yield { line, value: withPath(parseJson(row)) };
    }
  } catch (error) {
    throw unreadable(file, error);
  } finally {
    // Whoever reads may have given up before the end.
    stream.destroy();
  }
}

async function* csvRows(file: string): AsyncGenerator<Row> {
  const parser = parse({
    columns: true,
    bom: true,
    skip_empty_lines: true,
    trim: true,
    info: true,
    relax_column_count: true,
  });
  const stream = createReadStream(file).on('error', (error) => parser.destroy(error));
  stream.pipe(parser);
  try {
    for await (const { info, record } of parser as AsyncIterable<{
      info: { lines: number };
      record: Record<string, string>;
    }>) {
      if (!('path' in record) && !('url' in record))
        throw new DomainError('manifest_invalid', `${file}: the header has no column "path" or "url".`);
      yield { line: info.lines, value: fromColumns(record) };
    }
  } catch (error) {
    if (error instanceof DomainError) throw error;
    const csvError = (error as { code?: string }).code?.startsWith('CSV_');
    throw csvError
      ? new DomainError('manifest_invalid', madeStorable(`${file}: ${(error as Error).message}`), { cause: error })
      : unreadable(file, error);
  } finally {
    stream.destroy();
  }
}

/** A row that names its image by `url` alone, as one that names it by `path`. */
function withPath(row: unknown): unknown {
  if (typeof row !== 'object' || row === null || row instanceof Error || 'path' in row || !('url' in row)) return row;
  const { url, ...rest } = row;
  return { ...rest, path: url };
}

function fromColumns(record: Record<string, string>): unknown {
  const { path: named, url, externalId, external_id: snake, metadata, ...others } = record;
  const given = metadata ? parseJson(metadata) : {};
  if (given instanceof Error) return given;
  // What is no object is left to the schema, which refuses it as it does in NDJSON.
  if (typeof given !== 'object' || given === null || Array.isArray(given))
    return { path: named || url, metadata: given };
  const said = Object.fromEntries(Object.entries(others).filter(([, value]) => value !== ''));
  const merged = { ...said, ...given };
  return {
    path: named || url,
    externalId: externalId || snake || undefined,
    ...(Object.keys(merged).length > 0 && { metadata: merged }),
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    return error;
  }
}

function unreadable(file: string, error: unknown): DomainError {
  return new DomainError('import_source_unreadable', `${file} cannot be read: ${(error as Error).message}`, {
    cause: error,
  });
}
