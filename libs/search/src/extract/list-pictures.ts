import path from 'node:path';
import type { LimitSettings } from '#libs/config';
import { DomainError, formatBytes } from '#libs/errors';
import { listFolder } from '../imports/list-folder.js';
import type { FeatureSource } from './partial-features.js';

/** A file that gets no row, and why. */
export interface LeftOut {
  readonly id: string;
  readonly code: string;
  readonly detail: string;
}

export interface PictureList {
  /** By path. */
  readonly pictures: readonly FeatureSource[];
  readonly leftOut: readonly LeftOut[];
}

/**
 * The files below `root` by their paths relative to it (always with `/`), sorted by code units, so that the order of rows
 * depends on nothing but the names.
 *
 * @param except files that the extraction itself writes, absolute
 * @throws DomainError `import_source_unreadable`
 */
export async function listPictures(
  root: string,
  limits: LimitSettings,
  except: ReadonlySet<string>,
): Promise<PictureList> {
  const pictures: FeatureSource[] = [];
  const leftOut: LeftOut[] = [];
  for await (const { path: file, size, modifiedMs, error } of listFolder(root)) {
    if (except.has(file)) continue;
    const id = path.relative(root, file).split(path.sep).join('/');
    if (error !== undefined || size === null || modifiedMs === null || size === undefined || modifiedMs === undefined) {
      leftOut.push({
        id,
        code: error?.code ?? 'import_file_unreadable',
        detail: error?.detail ?? 'It cannot be read.',
      });
    } else if (/[\r\n]/.test(id)) {
      const detail = 'Its name has a line end, which the list of ids has no place for.';
      leftOut.push({ id, code: 'import_file_unreadable', detail });
    } else if (size > limits.maxFileBytes) {
      const { code, message } = new DomainError(
        'image_too_large',
        `The file has ${formatBytes(size)}; at most ${formatBytes(limits.maxFileBytes)} are allowed.`,
      );
      leftOut.push({ id, code, detail: message });
    } else pictures.push({ id, size, modifiedMs });
  }
  return { pictures: pictures.sort((a, b) => (a.id < b.id ? -1 : 1)), leftOut };
}
