import type { ImportItemRecord } from '#libs/catalogue';
import { expect, it } from 'vitest';
import { importDocument, importSummary } from './import-summary.js';
import { importView } from './import-view.fixture.js';

const failedItem: ImportItemRecord = {
  id: 1,
  path: '/photos/a.jpg',
  status: 'failed',
  outcome: null,
  imageId: null,
  error: { code: 'image_corrupt', detail: 'The image ends early.' },
  attempts: 1,
};

it('counts every outcome', () => {
  const view = importView({
    status: 'done',
    failed: 0,
    left: 0,
    outcomes: { added: 1200, existing: 2, replaced: 3, unchanged: 4, removed: 5 },
  });
  expect(importSummary(view, [])).toBe(
    'Import 7 of /photos is done.\n  1,200 added · 2 existing · 3 replaced · 4 unchanged · 5 removed · 0 failed',
  );
});

it('names failed files with their reasons, how to see the rest and how to try again', () => {
  const text = importSummary(importView({ status: 'done', collection: 'summer' }), [failedItem]);
  expect(text).toContain('Import 7 of /photos into collection summer is done.');
  expect(text).toContain('  /photos/a.jpg\n      image_corrupt: The image ends early.');
  expect(text).toContain('… and 3 more: likeness imports show 7 --all');
  expect(text).toContain('likeness imports retry 7');
});

it('sends nobody to a retry for rows of a manifest, which only another import reads', () => {
  const error = { code: 'manifest_invalid', detail: 'The row has no path.' } as const;
  const bad = { ...failedItem, path: '/photos/list.csv:3', error };
  const view = importView({ status: 'done', root: '/photos/list.csv', failed: 1 });
  const text = importSummary(view, [bad]);
  expect(text).toContain('Once rows are mended: likeness import /photos/list.csv');
  expect(text).not.toContain('retry');
  const both = importSummary({ ...view, failed: 2 }, [bad, failedItem]);
  expect(both).toContain(
    'Once mended: likeness imports retry 7\nOnce rows are mended: likeness import /photos/list.csv',
  );
});

it('names no failed files where they are no longer kept', () => {
  expect(importSummary(importView({ status: 'done' }), [])).toContain('a later import of /photos tells');
});

it('has the same in the document', () => {
  const document = importDocument(importView({ status: 'done' }), [failedItem]);
  expect(document).toMatchObject({ id: 7, path: '/photos', failed: 4, failuresLeftOut: 3 });
  expect(document.failures).toEqual([
    { path: '/photos/a.jpg', code: 'image_corrupt', detail: 'The image ends early.' },
  ]);
  expect(document).not.toHaveProperty('root');
});

it('says why an import failed as a whole, and how far one that goes on is', () => {
  const error = { code: 'manifest_invalid', detail: 'The header has no path.' } as const;
  expect(importSummary(importView({ status: 'failed', error }), [])).toContain('failed: The header has no path.');
  expect(importSummary(importView(), [])).toContain('is running: 3,796 of 5,000 left.');
});
