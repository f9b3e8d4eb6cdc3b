import { DomainError } from '#libs/errors';
import { expect, it } from 'vitest';
import { errorLine, Terminal } from './terminal.js';
import { MemorySink } from './text-sink.fixture.js';

function terminal(json: boolean) {
  const stdout = new MemorySink();
  const stderr = new MemorySink();
  return { stdout, stderr, terminal: new Terminal(stdout, stderr, json) };
}

it('writes text to stdout and notes to stderr', () => {
  const { stdout, stderr, terminal: plain } = terminal(false);
  plain.note('Working …');
  plain.result({ images: 3 }, 'Images  3');
  expect(stdout.text).toBe('Images  3\n');
  expect(stderr.text).toBe('Working …\n');
});

it('writes exactly one document to stdout under --json', () => {
  const { stdout, stderr, terminal: json } = terminal(true);
  json.note('Working …');
  json.result({ images: 3 }, 'Images  3');
  expect(JSON.parse(stdout.text)).toEqual({ images: 3 });
  expect(stderr.text).toBe('Working …\n');
});

it('puts an error on one line of stderr, with what to do', () => {
  const { stdout, stderr, terminal: plain } = terminal(false);
  plain.fail(new DomainError('port_in_use', 'Port 3000 is in use.'));
  expect(stderr.text).toBe(
    'likeness: Port 3000 is in use. — Stop the other program, or choose another port with --port or LIKENESS_PORT.\n',
  );
  expect(stdout.text).toBe('');
});

it('puts an error into the document under --json', () => {
  const { stdout, stderr, terminal: json } = terminal(true);
  const fields = [{ path: 'LIKENESS_PORT', expected: 'a number', received: '"x"' }];
  json.fail(new DomainError('settings_invalid', 'LIKENESS_PORT: a number, but it is "x"', { fields }));
  expect(JSON.parse(stdout.text)).toEqual({
    error: {
      code: 'settings_invalid',
      detail: 'LIKENESS_PORT: a number, but it is "x"',
      fields,
      remedy: 'Mend every setting listed.',
    },
  });
  expect(stderr.text).toBe('');
});

it('names a better remedy than that of the table where one is known', () => {
  const { stderr, terminal: plain } = terminal(false);
  plain.fail(new DomainError('invalid_request', 'Expected at most 9 for k.'), 'See `likeness search --help`.');
  expect(stderr.text).toBe('likeness: Expected at most 9 for k. — See `likeness search --help`.\n');
});

it('makes one line of a message that has several', () => {
  expect(errorLine(new DomainError('settings_invalid', 'A: wrong\nB: wrong\n'))).toBe(
    'likeness: A: wrong; B: wrong — Mend every setting listed.',
  );
});
