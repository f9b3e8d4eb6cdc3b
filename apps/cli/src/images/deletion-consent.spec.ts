import { Command } from 'commander';
import { PassThrough } from 'node:stream';
import { expect, it } from 'vitest';
import { Cli } from '../cli.js';
import { MemorySink } from '../text-sink.fixture.js';
import { consented, wantConsent } from './deletion-consent.js';

const keyboard = (typed = '', isTTY = true) => Object.assign(new PassThrough().end(typed), { isTTY });
const cliOn = (stderr: MemorySink) =>
  new Cli({ environment: {}, stdout: new MemorySink(), stderr, signal: new AbortController().signal });

it.each([
  [0, '', true, ''],
  [1, '', true, ''],
  [2, 'y\n', true, 'Delete 2 images for good? [y/N]\n'],
  [1200, '\n', false, 'Delete 1,200 images for good? [y/N]\n'],
])('for %d images and %j it is %s', async (images, typed, expected, question) => {
  const stderr = new MemorySink(true);
  expect(await consented(cliOn(stderr), images, keyboard(typed))).toBe(expected);
  expect(stderr.text).toBe(question);
});

it('is wanted by --yes where there is nobody', () => {
  const told: string[] = [];
  const command = new Command().exitOverride().configureOutput({ writeErr: (text) => void told.push(text) });
  expect(() => wantConsent(cliOn(new MemorySink(true)), command, keyboard())).not.toThrow();
  expect(told).toEqual([]);
  const says = /expected --yes to delete several images where nobody can be asked\./;
  expect(() => wantConsent(cliOn(new MemorySink(true)), command, keyboard('', false))).toThrow(says);
  expect(() => wantConsent(cliOn(new MemorySink(false)), command, keyboard())).toThrow(says);
});
