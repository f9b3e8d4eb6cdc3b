import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { ServedFolder } from './served-folder.js';

const COMMAND_MS = 180_000;

const served = new ServedFolder(2);
const { run, json } = served;

beforeAll(async () => {
  expect(await json('import', served.photos)).toMatchObject({ status: 'done', done: 2 });
}, COMMAND_MS);

describe('what the service refuses', { timeout: COMMAND_MS }, () => {
  it('is a wrong command line where it is one, with the help of the command', async () => {
    const { code, stdout, stderr } = await run('search', '1', '--filter', 'wdth > 3');
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(
      /^likeness: Expected a field .* at position 1 of filter but received "wdth"\. — See `likeness search --help`\.$/m,
    );
  });

  it.each([
    [['imports', 'show', '99'], 'There is no import 99. — See `likeness imports` or'],
    [['classifier', 'show', 'nope'], '— See `likeness classifier list` or'],
    [['fields', 'remove', 'nope'], '— See `likeness fields` or'],
  ])('is told with the command that lists what there is: %j', async (args, told) => {
    const { code, stderr } = await run(...args);
    expect(code).toBe(1);
    expect(stderr).toContain(told);
  });

  it('of several files names the one that is meant', async () => {
    const empty = path.join(served.photos, 'empty.jpg');
    await writeFile(empty, '');
    const { code, stderr } = await run('search', path.join(served.photos, '0.jpg'), empty, '-k', '2');
    expect(code).toBe(1);
    expect(stderr).toMatch(/^likeness: empty\.jpg: The file has no bytes\. — /);
  });
});

describe('likeness backup', { timeout: COMMAND_MS }, () => {
  it('says at once what it does', async () => {
    const file = path.join(served.photos, 'all.tar');
    const { code, stdout, stderr } = await run('backup', file);
    expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringMatching(/^Saved 2 images/) });
    expect(stderr).toMatch(/^Saving everything in \S+all\.tar \(service at http:\S+\)\n$/);
  });
});
