import { expect, it } from 'vitest';
import { verifyText } from './verify.js';

it('names what was checked, and the space where it is not the one in use', () => {
  const check = { checked: 300, ok: true, problems: [] };
  const report = {
    ok: true,
    repaired: false,
    checks: [
      { ...check, name: 'ids' },
      { ...check, name: 'files', checked: 1 },
      { ...check, name: 'ids', space: 'likeness-v1/penultimate' },
    ],
  };
  expect(verifyText(report as Parameters<typeof verifyText>[0])).toBe(
    [
      '✓ ids: 300 checked',
      '✓ index files: 1 checked',
      '✓ ids of likeness-v1/penultimate: 300 checked',
      'Index and catalogue are equal.',
    ].join('\n'),
  );
});
