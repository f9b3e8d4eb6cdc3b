import swc from 'unplugin-swc';
import { defineConfig } from 'vitest/config';

// Nest and TypeORM need decorator metadata, which esbuild and oxc do not emit; swc does.
const decorators = swc.vite({
  jsc: {
    target: 'es2022',
    parser: { syntax: 'typescript', decorators: true },
    transform: { legacyDecorator: true, decoratorMetadata: true },
  },
});
const resolve = { conditions: ['source'] };
const shared = { plugins: [decorators], resolve, ssr: { resolve } };
/** What people see and click, drawn into a document without a browser. */
const page = (name: string, include: string) => ({
  extends: 'apps/web/vite.config.ts',
  test: { name, include: [include], environment: 'happy-dom', testTimeout: 60_000, hookTimeout: 120_000 },
});

export default defineConfig({
  test: {
    // Each integration file runs a database, encoder or index threads of its own; more at once only slows all of them.
    maxWorkers: 2,
    projects: [
      {
        ...shared,
        test: {
          name: 'unit',
          include: ['{apps,libs,bench}/**/*.spec.ts'],
          environment: 'node',
          // Files of one worker share their modules: loading these anew for every file took two thirds of the time.
          isolate: false,
          // Some fit heads for a second; a busy machine may take many times that.
          testTimeout: 60_000,
        },
      },
      {
        ...shared,
        test: {
          name: 'integration',
          include: ['{apps,libs,bench}/**/*.int-spec.ts', 'test/**/*.int-spec.ts'],
          environment: 'node',
          testTimeout: 60_000,
          hookTimeout: 120_000,
          globalSetup: ['libs/testing/src/postgres/global-setup.ts'],
          provide: { givenTestServer: process.env.LIKENESS_TEST_DATABASE_URL ?? '' },
        },
      },
      page('page', 'apps/web/src/**/*.spec.tsx'),
      page('page-integration', 'apps/web/src/**/*.int-spec.tsx'),
    ],
  },
});
