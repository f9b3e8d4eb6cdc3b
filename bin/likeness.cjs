#!/usr/bin/env node
// The `likeness` command. Builds the project first when a source file is newer than the last build. CommonJS, because Node 20
// reads an ES module with libuv's pool, which must be set up before its first use.
const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  process.stderr.write(`Likeness needs Node.js 20.19 or newer; this is ${process.version}.\n`);
  process.exit(1);
}
require('./thread-pool.cjs');

async function run() {
  try {
    const { build, isBuilt } = await import('./build.mjs');
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
}

void run();
