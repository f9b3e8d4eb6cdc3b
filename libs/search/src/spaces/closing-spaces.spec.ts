import { Logger } from '@nestjs/common';
import { beforeEach, expect, it, vi } from 'vitest';
import { ClosingSpaces } from './closing-spaces.js';
import type { LiveSpace } from './live-space.js';

const live = { encoder: { info: { name: 'variant' } }, tap: 'logits' } as LiveSpace;
const LONG = 3_600_000;

/** Something that ends when the test wants it to. */
function gate() {
  let open = (): void => undefined;
  const passed = new Promise<void>((resolve) => (open = resolve));
  return { open, passed };
}

let events: string[];
beforeEach(() => {
  events = [];
});
const note = (event: string) => () => void events.push(event);
const closes = () => Promise.resolve(events.push('closed')).then(() => undefined);

it('closes a space by itself, and after what uses it', async () => {
  const spaces = new ClosingSpaces(0);
  const [first, second, closed] = [gate(), gate(), gate()];
  const searches = [first, second].map(({ passed }, at) =>
    spaces.whileUsed(live, () => passed.then(note(`search ${at} ended`))),
  );
  spaces.closeLater('a', live, () => closes().then(closed.open));
  const asked = spaces.closeNow('a');
  first.open();
  await searches[0];
  expect(spaces.all()).toEqual([live]);
  second.open();
  await Promise.all([asked, closed.passed]);
  expect(events).toEqual(['search 0 ended', 'search 1 ended', 'closed']);
  expect(spaces.all()).toEqual([]);
});

it('closes without a wait where nothing uses it, though work has failed', async () => {
  const spaces = new ClosingSpaces(0);
  const closed = gate();
  await expect(spaces.whileUsed(live, () => Promise.reject(new Error('failed')))).rejects.toThrow('failed');
  spaces.closeLater('a', live, () => closes().then(closed.open));
  await closed.passed;
  expect(events).toEqual(['closed']);
});

it('closes it once, and lets who takes it up again wait for the end of that', async () => {
  const spaces = new ClosingSpaces(0);
  const [begun, end] = [gate(), gate()];
  spaces.closeLater('a', live, () => {
    events.push('begun');
    begun.open();
    return end.passed.then(note('closed'));
  });
  await begun.passed;
  const again = spaces.closeNow('a').then(note('taken up again'));
  await Promise.resolve();
  expect(events).toEqual(['begun']);
  end.open();
  await again;
  expect(events).toEqual(['begun', 'closed', 'taken up again']);
  await spaces.closeNow('a');
  await spaces.closeNow('another');
});

it('tries again where it fails, and tells who waits for it', async () => {
  const warn = vi.spyOn(Logger.prototype, 'warn').mockReturnValue(undefined);
  const spaces = new ClosingSpaces(0);
  const closed = gate();
  const close = vi.fn(() => closes().then(closed.open));
  close.mockRejectedValueOnce(new Error('the database is away')).mockRejectedValueOnce(new Error('still'));
  spaces.closeLater('a', live, close);
  await expect(spaces.closeNow('a')).rejects.toThrow('the database is away');
  expect(spaces.all()).toEqual([live]);
  await closed.passed;
  expect(warn.mock.calls).toEqual([['variant/logits was not closed: Error: still']]);
  warn.mockRestore();
});

it('waits for nothing when all are closed', async () => {
  const warn = vi.spyOn(Logger.prototype, 'warn').mockReturnValue(undefined);
  const spaces = new ClosingSpaces(LONG);
  const search = gate();
  const searching = spaces.whileUsed(live, () => search.passed);
  spaces.closeLater('a', live, () => Promise.reject(new Error('the database is away')));
  spaces.closeLater('b', live, closes);
  const asked = spaces.closeNow('b');
  await spaces.closeAll();
  await asked;
  expect(events).toEqual(['closed']);
  expect(warn).toHaveBeenCalledOnce();
  search.open();
  await searching;
  warn.mockRestore();
});
