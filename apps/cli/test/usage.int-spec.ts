import { spawn } from 'node:child_process';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BINARY, documentOf, environment, likeness, type Ended } from './run-likeness.js';

let folder: string;
beforeAll(async () => (folder = await mkdtemp(path.join(tmpdir(), 'likeness-usage-'))));
afterAll(() => rm(folder, { recursive: true, force: true }));

const run = (...args: string[]): Promise<Ended> => likeness(args, { cwd: folder, env: environment });

describe('the command line itself', () => {
  it('shows help with examples and exit codes', async () => {
    const { code, stdout } = await run('--help');
    expect(code).toBe(0);
    for (const part of ['start', 'import', 'search', 'stats', 'verify', 'doctor', 'demo', 'Examples:', 'Exit codes:'])
      expect(stdout).toContain(part);
  });

  it.each([
    ['an unknown command', ['serch'], /^likeness: Unknown command 'serch'\. Did you mean search\? — /],
    ['an unknown option', ['stats', '--fast'], /^likeness: Unknown option '--fast'/],
    ['a misspelt option', ['stats', '--jsn'], /^likeness: Unknown option '--jsn'\. Did you mean --json\? — /],
    ['a missing argument', ['import'], /^likeness: Missing required argument 'dir\|manifest'/],
    ['a search for nothing', ['search'], /^likeness: Missing required argument 'file\|id\|url'/],
    [
      'an unknown strategy',
      ['search', '1', '2', '--strategy', 'best'],
      /'best' is invalid\. Allowed choices are average_vector, best_score, sum_scores\./,
    ],
    ['a region that is none', ['search', '1', '--region', '1,2,3'], /Expected x,y,width,height/],
    ['a region of nothing', ['search', '--not', '1', '--region', '0,0,9,9'], /Expected an example that --region is of/],
    [
      'counter-examples alone',
      ['search', '--not', '1', '-k', '2'],
      /: Expected an example, or --strategy best_score or sum_scores\. — /,
    ],
    [
      'too many explanations',
      ['search', '1', '-k', '25', '--explain', 'why'],
      /Expected -k of at most 24 with --explain/,
    ],
    ['a value out of range', ['search', '1', '-k', '0'], /Expected a whole number from 1 to 1000\./],
    [
      'two steps of a change',
      ['reindex', '--rollback', '--cancel'],
      /Expected one of --encoder, --cancel, --rollback and --remove-old\./,
    ],
    ['a step with a tap', ['reindex', '--rollback', '--tap', 'logits'], /Expected one of --encoder, --cancel/],
    [
      'an output of no known format',
      ['extract', '.', '--out', 'features.csv'],
      /'features\.csv' is invalid\. Expected a file that ends in one of \.npy, \.parquet, \.ndjson\./,
    ],
  ])('refuses %s in one line with exit code 2', async (_what, args, message) => {
    const { code, stdout, stderr } = await run(...args);
    expect(code).toBe(2);
    expect(stdout).toBe('');
    expect(stderr).toMatch(message);
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
    expect(await readdir(folder)).not.toContain('data');
  });

  it.each([
    [['serch'], 'likeness'],
    [['search', '310', '--limit', '3'], 'likeness search'],
    [['search', '--not', '1'], 'likeness search'],
    [['--data', 'search', 'imports', 'show', 'x'], 'likeness imports show'],
    [['classifier', 'trian'], 'likeness classifier'],
    [['imports', '--limit', '0'], 'likeness imports list'],
  ])('points to the help of the command: %j', async (args, command) => {
    const { stderr } = await run(...args);
    expect(stderr.trimEnd().split(' — ').at(-1)).toBe(`See \`${command} --help\`.`);
  });

  it('reports errors of the command line as a document under --json', async () => {
    const ended = await run('--json', 'stats', '--fast');
    expect(ended.code).toBe(2);
    const remedy = 'See `likeness stats --help`.';
    expect(documentOf(ended)).toMatchObject({ error: { code: 'invalid_usage', fields: [], remedy } });
  });

  it('says its version as a command, too', async () => {
    const { code, stdout } = await run('version');
    expect({ code, stdout }).toEqual({ code: 0, stdout: (await run('--version')).stdout });
    expect(documentOf(await run('version', '--json'))).toEqual({ version: stdout.trim() });
  });

  it('lists every setting that is wrong', async () => {
    const wrong = { ...environment, LIKENESS_TAP: ' ', LIKENESS_INDEX: 'best', LIKENESS_ENCODER_BATCH: '0' };
    const ended = await likeness(['stats', '--json'], { cwd: folder, env: wrong });
    expect(ended.code).toBe(1);
    const { error } = documentOf(ended) as { error: { code: string; fields: { path: string }[] } };
    expect(error.code).toBe('settings_invalid');
    expect(error.fields.map((field) => field.path)).toEqual(['LIKENESS_ENCODER_BATCH', 'LIKENESS_INDEX']);
  });
});

describe('a pipe', () => {
  /** More than a pipe holds; named in the answer, as there is no such command. */
  const long = 'x'.repeat(100_000);
  /** What a shell pipes from a command into `reader`. */
  const piped = (reader: string): Promise<string> => {
    const args = ['-c', `"$0" "$1" --json "$2" | { ${reader}; }`, process.execPath, BINARY, long];
    return text(spawn('sh', args, { cwd: folder, env: environment, stdio: ['ignore', 'pipe', 'inherit'] }).stdout);
  };

  it('carries the whole output to a reader that takes its time', async () => {
    const { error } = JSON.parse(await piped('sleep 6; cat')) as { error: { detail: string } };
    expect(error.detail).toContain(long);
  });

  it('that is closed early holds up nothing', async () => {
    expect(await piped('head -c 1; sleep 1')).toBe('{');
  });
});

describe('start where it cannot', () => {
  it('says which port is in use and what to do, in one line', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const { port } = other.address() as AddressInfo;
    const { code, stderr } = await run('start', '--port', String(port), '--data', path.join(folder, 'other'));
    other.close();
    expect(code).toBe(1);
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
    expect(stderr).toMatch(new RegExp(`^likeness: Port ${port} is in use.*--port`));
  });

  it('says that the data folder cannot be used, in one line', async () => {
    const file = path.join(folder, 'file');
    await writeFile(file, '');
    // Below a file: that cannot be written to even by root.
    const { code, stderr } = await run('start', '--data', path.join(file, 'data'));
    expect(code).toBe(1);
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
    expect(stderr).toMatch(/^likeness: The data folder .* — .*--data/);
  });
});
