import { realpath } from 'node:fs/promises';
import type { ImportView, Service } from '../service/service.js';

/**
 * The last import of a folder or manifest, whether it is known by the path that was named or, as below
 * `LIKENESS_IMPORT_ROOTS`, by where that really lies.
 */
export async function lastImportOf(
  root: string,
  service: Pick<Service, 'listImports'>,
): Promise<ImportView | undefined> {
  const roots = new Set([root, await realpath(root).catch(() => root)]);
  const last = await Promise.all([...roots].map((one) => service.listImports(1, one)));
  return last.flat().sort((one, other) => other.id - one.id)[0];
}
