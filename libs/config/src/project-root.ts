import { existsSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * Absolute path of the folder that holds Likeness's own package.json, whether this file runs from the sources or
 * from dist/. Bundled models and migrations are found from here.
 */
export function projectRoot(): string {
  let folder = path.dirname(fileURLToPath(import.meta.url));
  while (!existsSync(path.join(folder, 'package.json'))) {
    const parent = path.dirname(folder);
    if (parent === folder) throw new Error('package.json of Likeness was not found above its own code');
    folder = parent;
  }
  return folder;
}
