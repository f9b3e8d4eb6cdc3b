#!/usr/bin/env node
// The `likeness` command. Builds the project first when a source file is newer than the last build.
import { build, isBuilt } from './build.mjs';

const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  process.stderr.write(`Likeness needs Node.js 20.19 or newer; this is ${process.version}.\n`);
  process.exit(1);
}
// Decoding and reading share libuv's pool. Two threads a core keep the cores busy while files are read; with four, the main
// thread waited longer for a core and nothing was gained (docs/benchmarks.md). Must be set before first use.
process.env.UV_THREADPOOL_SIZE ??= String(Math.max(4, 2 * (await import('node:os')).availableParallelism()));

try {
  if (!isBuilt()) {
    process.stderr.write('Building Likeness …\n');
    build();
  }
} catch (error) {
  process.stderr.write(`${error.message}\n`);
  process.exit(1);
}
const { main } = await import('../dist/apps/cli/src/main.js');
await main(process.argv.slice(2), process.env);
