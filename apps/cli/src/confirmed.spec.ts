import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { Cli } from './cli.js';
import { canAsk, confirmed } from './confirmed.js';
import { Interrupted } from './interruption.js';
import { MemorySink } from './text-sink.fixture.js';

const keyboard = (isTTY = true) => Object.assign(new PassThrough(), { isTTY });

function cliOn(stderr: MemorySink, signal = new AbortController().signal): Cli {
  return new Cli({ environment: {}, stdout: new MemorySink(), stderr, signal });
}

describe('confirmed', () => {
  it.each([
    ['y\n', true],
    [' Yes \n', true],
    ['n\n', false],
    ['\n', false],
    ['yesterday\n', false],
    ['', false],
  ])('takes %j for %j', async (typed, expected) => {
    const [stderr, keys] = [new MemorySink(true), keyboard()];
    keys.end(typed);
    expect(await confirmed(cliOn(stderr), 'Delete 2 images?', keys)).toBe(expected);
    expect(stderr.text).toBe('Delete 2 images? [y/N]\n');
  });

  it('ends with the command', async () => {
    const stopping = new AbortController();
    const asked = confirmed(cliOn(new MemorySink(true), stopping.signal), 'Delete 2 images?', keyboard());
    stopping.abort(new Interrupted('SIGINT'));
    await expect(asked).rejects.toThrow('Stopped.');
  });
});

describe('canAsk', () => {
  it('wants a terminal to ask on and one to answer on', () => {
    expect(canAsk(cliOn(new MemorySink(true)), keyboard())).toBe(true);
    expect(canAsk(cliOn(new MemorySink(false)), keyboard())).toBe(false);
    expect(canAsk(cliOn(new MemorySink(true)), keyboard(false))).toBe(false);
  });
});
