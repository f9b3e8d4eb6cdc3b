import { describe, expect, it } from 'vitest';
import type { VerifyReport } from '#libs/search';
import { verifyText } from './verify.js';

type Check = VerifyReport['checks'][number];

const passed = (name: Check['name'], change: Partial<Check> = {}): Check => ({
  name,
  checked: 300,
  ok: true,
  wrong: 0,
  problems: [],
  ...change,
});

const failed = (name: Check['name'], ...problems: string[]): Check =>
  passed(name, { ok: false, wrong: problems.length, problems });

const textOf = (checks: Check[], repaired = false): string =>
  verifyText({ ok: checks.every(({ ok }) => ok), repaired, checks });

describe('verifyText', () => {
  it('names what was checked, and the space where it is not the one in use', () => {
    const checks = [
      passed('ids'),
      passed('files', { checked: 1 }),
      passed('ids', { space: 'likeness-v1/penultimate' }),
    ];
    expect(textOf(checks)).toBe(
      [
        '✓ ids: 300 checked',
        '✓ index files: 1 checked',
        '✓ ids of likeness-v1/penultimate: 300 checked',
        'Index and catalogue are equal.',
      ].join('\n'),
    );
    expect(textOf(checks, true)).toContain('they are repaired');
  });

  it('counts what it does not name', () => {
    const problems = Array.from({ length: 20 }, (_, at) => `image ${at}: the original is missing`);
    const text = textOf([passed('originals', { ok: false, wrong: 500, problems })]);
    expect(text.split('\n').filter((line) => line.startsWith('    image'))).toHaveLength(10);
    expect(text).toContain('    … and 490 more\n');
  });

  it.each([
    ['an index', [failed('ids', 'image 1 is in the index twice')], ['--repair` mends it']],
    ['originals', [failed('originals', 'image 1: the original is missing')], ['bring the files back']],
    ['images without an embedding', [failed('backfill', '3 images have no embedding')], ['does that by itself']],
    ['vectors of only zeros', [failed('findable', 'image 1 has a vector of only zeros')], ['delete those images']],
    ['images that cannot be embedded', [failed('embeddable', 'image 1: it is gone')], ['bring the originals back']],
    ['both', [failed('files', 'a'), failed('originals', 'b')], ['--repair` mends it', 'bring the files back']],
  ])('says what can be done about %s, and nothing that cannot help', (_what, checks, expected) => {
    const text = textOf([passed('vectors'), ...checks]);
    for (const words of expected) expect(text).toContain(words);
    expect(text.includes('--repair')).toBe(expected.includes('--repair` mends it'));
    expect(textOf(checks, true)).not.toContain('--repair');
  });
});
