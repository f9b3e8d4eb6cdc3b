import { afterEach, expect, test, vi } from 'vitest';
import { readOptions, wholeNumber } from './options.js';

const USAGE = 'npm run bench:it -- --dir DIR';
const OPTIONS = { dir: { type: 'string' }, count: { type: 'string', default: '7' } } as const;

class Exit extends Error {}

/** What the command prints, and its exit code where it ends at once. */
function run(...args: string[]) {
  let [out, err, code] = ['', '', null as number | null];
  vi.spyOn(process, 'argv', 'get').mockReturnValue(['node', 'main.js', ...args]);
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => ((out += String(text)), true));
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => ((err += String(text)), true));
  vi.spyOn(process, 'exit').mockImplementation((given) => {
    code = Number(given);
    throw new Exit();
  });
  let values: object | null = null;
  try {
    values = readOptions(USAGE, OPTIONS, ['dir']);
  } catch (error) {
    if (!(error instanceof Exit)) throw error;
  }
  vi.restoreAllMocks();
  return { values, out, err, code };
}

afterEach(() => vi.restoreAllMocks());

test('reads options, with defaults', () => {
  expect(run('--dir', 'photos')).toMatchObject({ values: { dir: 'photos', count: '7' }, code: null, out: '', err: '' });
});

test('--help prints the usage, whatever else is asked', () => {
  expect(run('--help', '--nonsense')).toMatchObject({ values: null, code: 0, out: `${USAGE}\n`, err: '' });
});

test('an unknown option and a missing one end it with the reason and the usage', () => {
  const unknown = run('--dir', 'photos', '--cuont', '3');
  expect(unknown).toMatchObject({ values: null, code: 2, out: '' });
  expect(unknown.err).toMatch(/Unknown option '--cuont'[^]*npm run bench:it/);
  expect(run()).toMatchObject({ code: 2, err: `Missing: --dir\n\n${USAGE}\n` });
});

test('whole numbers are whole, and name their option', () => {
  expect(wholeNumber('count', '12')).toBe(12);
  for (const text of ['0', '1.5', '-2', 'many', '']) expect(() => wholeNumber('count', text)).toThrow('--count');
});
