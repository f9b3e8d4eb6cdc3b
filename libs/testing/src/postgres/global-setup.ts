import { chmod, mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { EmbeddedPostgres, FolderOwnership, readServiceFile } from '#libs/catalogue';
import type { TestProject } from 'vitest/node';

declare module 'vitest' {
  interface ProvidedContext {
    /** Given in vitest.config.ts from LIKENESS_TEST_DATABASE_URL; empty: start an embedded server for this run. */
    givenTestServer: string;
    /** Address of the server that test databases are made on; empty when there is none. */
    testServer: string;
    /** Why there is none. */
    testServerProblem: string;
  }
}

const PREFIX = 'likeness-test-postgres-';
const YOUNG_MS = 120_000;
/** A test database outlives no power cut: leaving out the syncs makes migrations several times faster. */
const NOT_DURABLE = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off', max_connections: '100' };

/** Vitest's global set-up of integration tests: one PostgreSQL server for the run, ended with it. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const given = project.getProvidedContext().givenTestServer ?? '';
  project.provide('testServerProblem', '');
  project.provide('testServer', given);
  if (given !== '') return async () => undefined;

  await removeKilledRuns();
  const dataDir = await mkdtemp(path.join(tmpdir(), PREFIX));
  // As root the server runs as another user, who has to enter the folder; mkdtemp makes it 0700.
  await chmod(dataDir, 0o711);
  const postgres = new EmbeddedPostgres({ dataDir, settings: NOT_DURABLE });
  let ownership: FolderOwnership | undefined;
  try {
    const { url } = await postgres.start();
    ownership = new FolderOwnership({ dataDir, url });
    await ownership.acquire();
    project.provide('testServer', url);
  } catch (error) {
    project.provide('testServerProblem', error instanceof Error ? error.message : String(error));
  }
  return async () => {
    await ownership?.release();
    await postgres.stop();
    await rm(dataDir, { recursive: true, force: true });
  };
}

/** A run that was killed leaves its server and folder behind; the next run clears them away. */
async function removeKilledRuns(): Promise<void> {
  const names = (await readdir(tmpdir())).filter((name) => name.startsWith(PREFIX));
  for (const name of names) {
    const dataDir = path.join(tmpdir(), name);
    const found = await stat(dataDir).catch(() => undefined);
    // A young one may be about to start, in a run beside this one.
    if (!found || Date.now() - found.mtimeMs < YOUNG_MS || (await readServiceFile(dataDir))) continue;
    const left = new EmbeddedPostgres({ dataDir, settings: NOT_DURABLE });
    // Adopting it is the safe way to stop it: it proves to be this folder's server first.
    await left.start().catch(() => undefined);
    await left.stop().catch(() => undefined);
    await rm(dataDir, { recursive: true, force: true }).catch(() => undefined);
  }
}
