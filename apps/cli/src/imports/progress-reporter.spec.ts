import { expect, it } from 'vitest';
import { Terminal } from '../terminal.js';
import { MemorySink } from '../text-sink.fixture.js';
import { importView } from './import-view.fixture.js';
import { ProgressReporter } from './progress-reporter.js';

it('writes a line every five seconds where there is no terminal, and none for a short import', () => {
  const stderr = new MemorySink();
  let now = 1000;
  const reporter = new ProgressReporter(new Terminal(new MemorySink(), stderr, false), () => now);
  for (const at of [1000, 2000, 5999, 6000, 6001, 11_000]) {
    now = at;
    reporter.update(importView({ done: at }));
  }
  reporter.end();
  const lines = stderr.text.trimEnd().split('\n');
  expect(lines).toHaveLength(2);
  expect(lines[0]).toContain('6,004 of');
  expect(lines[1]).toContain('11,004 of');
});

it('writes over one line of a terminal, cut to its width, and takes it away at the end', () => {
  const stderr = new MemorySink(true, 30);
  const reporter = new ProgressReporter(new Terminal(new MemorySink(), stderr, false));
  reporter.update(importView());
  reporter.update(importView());
  reporter.end();
  const [, first, second, last] = stderr.text.split('\r\u001b[2K');
  expect(first).toHaveLength(29);
  expect(second).toBe(first);
  expect(last).toBe('');
  expect(stderr.text).not.toContain('\n');
});
