import { existsSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { projectRoot } from '#libs/config';

/**
 * Where the compiled script of a worker thread lies. Node runs workers from JavaScript only, so when the caller itself
 * runs from the TypeScript sources (under the test runner) the script of the last build is taken from dist/.
 *
 * @param importMetaUrl `import.meta.url` of the caller
 * @param script path relative to the caller, ending in `.js`
 */
export function workerUrl(importMetaUrl: string, script: string): URL {
  const beside = fileURLToPath(new URL(script, importMetaUrl));
  if (existsSync(beside)) return pathToFileURL(beside);
  const root = projectRoot();
  return pathToFileURL(path.join(root, 'dist', path.relative(root, beside)));
}
