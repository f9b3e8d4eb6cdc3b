import { loadSettings, type SettingsSource } from '#libs/config';
import { DomainError } from '#libs/errors';
import type { FastifyRequest } from 'fastify';
import { describe, expect, test } from 'vitest';
import { AccessRules, isLoopback } from './access-rules.js';

interface Head {
  readonly method?: string;
  readonly route?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** The code with which the rules refuse, or `ok`. Only a request's head is looked at, so only a head is given. */
function verdict(
  source: SettingsSource,
  { method = 'GET', route = '/v1/stats', headers = { host: 'localhost:3000' } }: Head,
): string {
  const request = { method, headers, routeOptions: { url: route } } as unknown as FastifyRequest;
  try {
    new AccessRules(loadSettings(source).http).check(request);
    return 'ok';
  } catch (error) {
    return error instanceof DomainError ? error.code : String(error);
  }
}

describe('Host', () => {
  test.each(['localhost', 'localhost:3000', 'LOCALHOST:1', '127.0.0.1:3000', '[::1]:3000'])(
    '%s names the service on loopback',
    (host) => {
      expect(verdict({}, { headers: { host } })).toBe('ok');
    },
  );

  test.each(['evil.example', 'localhost.evil.example:3000', '127.0.0.1.nip.io', '', '169.254.169.254'])(
    '%s does not',
    (host) => {
      expect(verdict({}, { headers: { host } })).toBe('forbidden_host');
    },
  );

  test('further names are those of the setting', () => {
    const source = { LIKENESS_ALLOWED_HOSTS: 'photos.lan, Images.example:8080' };
    expect(verdict(source, { headers: { host: 'photos.lan' } })).toBe('ok');
    expect(verdict(source, { headers: { host: 'images.example' } })).toBe('ok');
    expect(verdict(source, { headers: { host: 'other.example' } })).toBe('forbidden_host');
  });

  test('listening to the network, every name goes unless names are set', () => {
    const headers = { host: 'photos.lan' };
    expect(verdict({ LIKENESS_HOST: '0.0.0.0' }, { headers })).toBe('ok');
    expect(verdict({ LIKENESS_HOST: '0.0.0.0', LIKENESS_ALLOWED_HOSTS: 'a.example' }, { headers })).toBe(
      'forbidden_host',
    );
  });
});

describe('Origin', () => {
  const post = (origin: string, source: SettingsSource = {}) =>
    verdict(source, { method: 'POST', headers: { host: 'localhost:3000', origin } });

  test('a page of another site may not change anything', () => {
    expect(post('http://evil.example')).toBe('forbidden_origin');
    expect(post('http://localhost:4000')).toBe('forbidden_origin');
    expect(post('null')).toBe('forbidden_origin');
  });

  test('the own page may, and sites of the setting', () => {
    expect(post('http://localhost:3000')).toBe('ok');
    expect(post('https://photos.example', { LIKENESS_ALLOWED_HOSTS: 'photos.example' })).toBe('ok');
  });

  test('reading is not asked about', () => {
    expect(verdict({}, { headers: { host: 'localhost', origin: 'http://evil.example' } })).toBe('ok');
  });
});

describe('API key', () => {
  const source = { LIKENESS_API_KEY: 'a-key-of-twenty-chars' };
  const call = (authorization?: string, route?: string) =>
    verdict(source, { route, headers: { host: 'localhost', ...(authorization !== undefined && { authorization }) } });

  test('is wanted under /v1 and nowhere else', () => {
    expect(call()).toBe('unauthorized');
    expect(call(undefined, '/health/live')).toBe('ok');
    expect(call(undefined, '/')).toBe('ok');
  });

  test('only the right one goes', () => {
    expect(call('Bearer a-key-of-twenty-chars')).toBe('ok');
    expect(call('bearer a-key-of-twenty-chars')).toBe('ok');
    expect(call('Bearer a-key-of-twenty-char')).toBe('unauthorized');
    expect(call('Bearer a-key-of-twenty-charss')).toBe('unauthorized');
    expect(call('Basic a-key-of-twenty-chars')).toBe('unauthorized');
  });

  test('that no header could carry is refused at start', () => {
    for (const key of [
      'correct horse battery staple',
      'a-key-of-twénty-chars',
      '“a-key-of-twenty-chars”',
      'a-key-of\ttabs-and-chars',
    ])
      expect(() => loadSettings({ LIKENESS_API_KEY: key })).toThrowError(
        'LIKENESS_API_KEY: printable ASCII without spaces, but it is (hidden)',
      );
  });

  test('goes, whatever characters of printable ASCII it is of', () => {
    const key = String.fromCharCode(...Array.from({ length: 0x7f - 0x21 }, (_, at) => 0x21 + at));
    expect(verdict({ LIKENESS_API_KEY: key }, { headers: { host: 'localhost', authorization: `Bearer ${key}` } })).toBe(
      'ok',
    );
  });
});

test.each([
  ['127.0.0.1', true],
  ['127.9.9.9', true],
  ['::1', true],
  ['localhost', true],
  ['0.0.0.0', false],
  ['::', false],
  ['192.168.1.5', false],
  ['example.com', false],
])('isLoopback(%s) is %s', (host, expected) => {
  expect(isLoopback(host)).toBe(expected);
});
