import { parse } from 'csv-parse/sync';
import { createHash } from 'node:crypto';
import { readFile, readdir } from 'node:fs/promises';
import path from 'node:path';
import { DomainError } from '#libs/errors';

/** Something to label: an image of the catalogue or an own one by id, or a file. */
export interface LabelSource {
  readonly image?: string;
  readonly example?: string;
  readonly file?: string;
  readonly category: string;
  readonly value: 'positive' | 'negative' | 'cleared';
}

const PICTURE = /\.(jpe?g|png|webp|avif|gif|tiff?)$/i;

/**
 * Every picture of the sub-folders of `folder`, each in the category that its sub-folder is called. A sub-folder that cannot be
 * listed stands for its pictures: whoever reads it says why it cannot.
 *
 * @throws DomainError `import_source_unreadable` where `folder` itself cannot be listed or holds nothing to label
 */
export async function listSubfolders(folder: string): Promise<LabelSource[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((error: Error) => {
    throw new DomainError('import_source_unreadable', `${folder} cannot be read: ${error.message}`);
  });
  const sources: LabelSource[] = [];
  for (const entry of entries.filter((one) => one.isDirectory()).sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const category = entry.name;
    const subfolder = path.join(folder, category);
    const names = await readdir(subfolder).catch(() => null);
    const files =
      names === null
        ? [subfolder]
        : names
            .filter((name) => PICTURE.test(name))
            .sort()
            .map((name) => path.join(subfolder, name));
    sources.push(...files.map((file) => ({ file, category, value: 'positive' as const })));
  }
  if (sources.length > 0) return sources;
  throw new DomainError('import_source_unreadable', `${folder} has no sub-folders with pictures.`);
}

/** Rows of a CSV with a header: `image` (an id) or `path` (relative to the file), `category`, and perhaps `value`. */
export async function readLabelCsv(file: string): Promise<LabelSource[]> {
  const text = await readFile(file, 'utf8').catch((error: Error) => {
    throw new DomainError('import_source_unreadable', `${file} cannot be read: ${error.message}`);
  });
  let rows: Record<string, string>[];
  try {
    rows = parse(text, { columns: true, skip_empty_lines: true, trim: true, bom: true });
  } catch (error) {
    throw new DomainError('manifest_invalid', `${file}: ${(error as Error).message}`);
  }
  return rows.map((row, index): LabelSource => {
    const { image, category } = row;
    const value = row['value'] || 'positive';
    const where = `${file}, row ${index + 2}`;
    if (!category) throw new DomainError('manifest_invalid', `${where}: expected a category.`);
    if (value !== 'positive' && value !== 'negative' && value !== 'cleared') {
      throw new DomainError(
        'manifest_invalid',
        `${where}: expected positive, negative or cleared, but it is "${value}".`,
      );
    }
    if (image) return { image, category, value };
    if (!row['path']) throw new DomainError('manifest_invalid', `${where}: expected an image (id) or a path.`);
    return { file: path.resolve(path.dirname(file), row['path']), category, value };
  });
}

/**
 * A file that cannot be read contradicts nothing; whoever sends it says that it cannot.
 *
 * @throws DomainError `label_contradiction` where the same content is put into several categories
 */
export async function refuseContradictions(sources: readonly LabelSource[], kind: 'single' | 'multi'): Promise<void> {
  if (kind === 'multi') return;
  const seen = new Map<string, LabelSource>();
  for (const source of sources) {
    if (source.file === undefined || source.value !== 'positive') continue;
    const bytes = await readFile(source.file).catch(() => undefined);
    if (!bytes) continue;
    const digest = createHash('sha256').update(bytes).digest('hex');
    const other = seen.get(digest);
    if (other && other.category !== source.category) {
      throw new DomainError(
        'label_contradiction',
        `${other.file} and ${source.file} are the same picture, but one is "${other.category}" and the other "${source.category}".`,
      );
    }
    seen.set(digest, source);
  }
}
