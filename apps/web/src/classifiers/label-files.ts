import { isPicture } from '../shared/pictures.js';
import type { LabelValue } from './types.js';

/** A file with what it shows. */
export interface LabelFile {
  readonly file: File;
  readonly category: string;
}

/** A row of a table of labels: an image of the catalogue by its id. */
export interface LabelRow {
  readonly image: string;
  readonly category: string;
  readonly value: LabelValue;
}

/** Pictures of a folder that was picked, each in the category that its own folder is called. */
export function filesBySubfolder(files: readonly File[]): LabelFile[] {
  return files.flatMap((file) => {
    const parts = file.webkitRelativePath.split('/');
    const category = parts.at(-2);
    return parts.length > 2 && category !== undefined && isPicture(file.name) ? [{ file, category }] : [];
  });
}

/**
 * Rows of a CSV with a header that has `image`, `category` and perhaps `value`.
 *
 * @throws Error that says which row is wrong
 */
export function parseLabelCsv(text: string): LabelRow[] {
  const [header, ...rows] = csvRows(text.replace(/^\uFEFF/, ''));
  const names = header?.map((name) => name.trim()) ?? [];
  const [image, category, value] = ['image', 'category', 'value'].map((name) => names.indexOf(name));
  if (image === undefined || category === undefined || image < 0 || category < 0)
    throw new Error(`Expected a header with image and category, but it is “${names.join(',').slice(0, 80)}”.`);
  return rows.map((row, at): LabelRow => {
    const said = (value !== undefined && value >= 0 && row[value]?.trim()) || 'positive';
    const one = { image: row[image]?.trim() ?? '', category: row[category]?.trim() ?? '' };
    const where = `Row ${at + 2}`;
    if (!/^\d+$/.test(one.image)) throw new Error(`${where}: expected the id of an image, but it is “${one.image}”.`);
    if (one.category === '') throw new Error(`${where}: expected a category.`);
    if (said !== 'positive' && said !== 'negative' && said !== 'cleared')
      throw new Error(`${where}: expected positive, negative or cleared, but it is “${said}”.`);
    return { ...one, value: said };
  });
}

/** Cells as RFC 4180 has them: quotes around a cell, two for one inside. Empty lines are left out. */
function csvRows(text: string): string[][] {
  const rows: string[][] = [];
  for (const line of text.match(/(?:"(?:[^"]|"")*"|[^\r\n"])+/g) ?? []) {
    // A comma before each, also before the first: an empty match at the start would pass over the comma that follows.
    const cells = [...`,${line}`.matchAll(/,(?:"((?:[^"]|"")*)"|([^,]*))/g)];
    rows.push(cells.map(([, quoted, plain]) => quoted?.replaceAll('""', '"') ?? plain ?? ''));
  }
  return rows;
}
