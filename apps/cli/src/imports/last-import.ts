import { realpath } from 'node:fs/promises';
import type { ImportView } from '../service/service.js';

/**
 * The last import of a folder or manifest, whether it is known by the path that was named or, as below
 * `LIKENESS_IMPORT_ROOTS`, by where that really lies.
 *
 * @param imports newest first
 */
export async function lastImportOf(root: string, imports: readonly ImportView[]): Promise<ImportView | undefined> {
  const real = await realpath(root).catch(() => root);
  return imports.find((view) => view.root === root || view.root === real);
}
