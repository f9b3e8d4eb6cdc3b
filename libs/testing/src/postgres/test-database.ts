import { randomBytes } from 'node:crypto';
import { createDatabase, dropDatabase } from '#libs/catalogue';

/** A fresh, empty database of one test file. */
export interface TestDatabase {
  readonly url: string;
  /** Drops it together with the connections to it. */
  drop(): Promise<void>;
}

/**
 * Makes an empty database on the server of this test run; call it in `beforeAll`, once per test file.
 *
 * @example
 * let database: TestDatabase;
 * beforeAll(async () => { database = await createTestDatabase(); });
 * afterAll(() => database.drop());
 */
export async function createTestDatabase(): Promise<TestDatabase> {
  // Loaded here and not above: this library also serves programs that run without Vitest.
  const { inject } = await import('vitest');
  const server = inject('testServer');
  if (!server) throw new Error(howToFix(inject('testServerProblem')));
  const name = `likeness_test_${randomBytes(6).toString('hex')}`;
  try {
    const url = await createDatabase(server, name);
    return { url, drop: () => dropDatabase(server, name) };
  } catch (error) {
    throw new Error(howToFix(error instanceof Error ? error.message : String(error)), { cause: error });
  }
}

function howToFix(problem: string | undefined): string {
  return [
    `The tests have no PostgreSQL: ${problem || 'none was started for this run'}`,
    'They start the embedded one by themselves. To mend it: run npm ci without --omit=optional, and see that the',
    'temporary folder can be written to. Or name a server of yours (15 or newer, with the right to create databases):',
    '  docker run --rm -d -p 5432:5432 -e POSTGRES_PASSWORD=test postgres:18',
    '  LIKENESS_TEST_DATABASE_URL=postgres://postgres:test@127.0.0.1:5432/postgres npm test',
  ].join('\n');
}
