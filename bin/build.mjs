#!/usr/bin/env node
// Builds dist/ when it is missing or older than the sources: TypeScript with tsc, the page with Vite.
// `npm ci` runs it through "prepare"; bin/likeness.cjs runs it again only when a source file has changed.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const stamp = path.join(root, 'dist', '.built');
const sources = ['apps', 'libs', 'migrations', 'bench', 'tsconfig.json', 'tsconfig.build.json', 'package.json'];

function newestChange(entry) {
  const stat = statSync(entry, { throwIfNoEntry: false });
  if (!stat) return 0;
  if (!stat.isDirectory()) return stat.mtimeMs;
  return readdirSync(entry).reduce(
    (newest, name) => Math.max(newest, newestChange(path.join(entry, name))),
    stat.mtimeMs,
  );
}

/** True when dist/ was built after the last change of any source file. */
export function isBuilt() {
  const built = statSync(stamp, { throwIfNoEntry: false });
  return built !== undefined && sources.every((name) => newestChange(path.join(root, name)) <= built.mtimeMs);
}

function run(packageName, bin, args) {
  const require = createRequire(path.join(root, 'package.json'));
  let manifest;
  try {
    manifest = require.resolve(`${packageName}/package.json`);
  } catch {
    throw new Error(
      `Likeness has to be built, but ${packageName} is not installed. Run "npm ci" (without --omit=dev) in ${root}.`,
    );
  }
  const script = path.join(path.dirname(manifest), bin);
  const result = spawnSync(process.execPath, [script, ...args], { cwd: root, stdio: ['ignore', 2, 2] });
  if (result.status !== 0)
    throw new Error(`Building Likeness failed: ${packageName} ended with ${result.status ?? result.signal}.`);
}

/** Compiles everything and writes the stamp. Output goes to stderr, so that a command's stdout stays its own. */
export function build({ clean = false } = {}) {
  if (clean) rmSync(path.join(root, 'dist'), { recursive: true, force: true });
  mkdirSync(path.join(root, 'dist'), { recursive: true });
  const started = new Date();
  run('typescript', 'bin/tsc', ['-p', 'tsconfig.build.json']);
  if (existsSync(path.join(root, 'apps/web/vite.config.ts'))) {
    run('vite', 'bin/vite.js', ['build', '--config', 'apps/web/vite.config.ts', '--logLevel', 'warn']);
  }
  writeFileSync(stamp, `${started.toISOString()}\n`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  try {
    if (process.argv.includes('--force') || !isBuilt()) build();
  } catch (error) {
    process.stderr.write(`${error.message}\n`);
    process.exit(1);
  }
}
