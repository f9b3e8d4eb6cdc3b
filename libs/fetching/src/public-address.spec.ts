import { describe, expect, test } from 'vitest';
import { isAllowed, parseAllowList } from './allow-list.js';
import { isNever, isPublic, parseAddress } from './public-address.js';

const address = (text: string) => {
  const parsed = parseAddress(text);
  if (!parsed) throw new Error(`${text} is no address`);
  return parsed;
};

describe('what is public', () => {
  test.each(['93.184.216.34', '8.8.8.8', '172.15.0.1', '172.32.0.1', '100.63.0.1', '100.128.0.1', '2606:4700::1111'])(
    '%s is',
    (text) => expect(isPublic(address(text))).toBe(true),
  );

  test.each([
    ['loopback', '127.0.0.1'],
    ['loopback', '127.255.255.254'],
    ['loopback', '::1'],
    ['unspecified', '0.0.0.0'],
    ['unspecified', '0.1.2.3'],
    ['unspecified', '::'],
    ['private', '10.0.0.1'],
    ['private', '172.16.0.1'],
    ['private', '172.31.255.255'],
    ['private', '192.168.1.1'],
    ['unique local', 'fd12:3456::1'],
    ['link-local', '169.254.1.1'],
    ['link-local', 'fe80::1'],
    ['link-local with a zone', 'fe80::1%eth0'],
    ['site-local', 'fec0::1'],
    ['metadata', '169.254.169.254'],
    ['metadata', 'fd00:ec2::254'],
    ['carrier-grade NAT', '100.64.0.1'],
    ['carrier-grade NAT', '100.127.255.255'],
    ['multicast', '224.0.0.1'],
    ['multicast', 'ff02::1'],
    ['broadcast', '255.255.255.255'],
    ['reserved', '240.0.0.1'],
    ['documentation', '192.0.2.1'],
    ['documentation', '2001:db8::1'],
    ['benchmarking', '198.18.0.1'],
    ['IPv4-mapped', '::ffff:127.0.0.1'],
    ['IPv4-mapped, of a public address too', '::ffff:8.8.8.8'],
    ['IPv4-compatible', '::127.0.0.1'],
    ['NAT64', '64:ff9b::7f00:1'],
    ['NAT64 of a local kind', '64:ff9b:1::7f00:1'],
    ['6to4', '2002:7f00:1::'],
    ['Teredo', '2001:0:7f00:1::'],
  ])('%s is not: %s', (_what, text) => expect(isPublic(address(text))).toBe(false));
});

describe('an allow-list', () => {
  const names = parseAllowList(['example.org', '*.Photos.example']);
  const network = parseAllowList(['10.0.0.0/8', '::1']);

  test('of names lets through those, and only where they are public', () => {
    expect(isAllowed(names, 'example.org', address('8.8.8.8'))).toBe(true);
    expect(isAllowed(names, 'EXAMPLE.org.', address('8.8.8.8'))).toBe(true);
    expect(isAllowed(names, 'a.b.photos.example', address('8.8.8.8'))).toBe(true);
    expect(isAllowed(names, 'photos.example', address('8.8.8.8'))).toBe(false);
    expect(isAllowed(names, 'evilexample.org', address('8.8.8.8'))).toBe(false);
    expect(isAllowed(names, 'example.org', address('10.1.2.3'))).toBe(false);
  });

  test('of networks opens these and nothing else', () => {
    expect(isAllowed(network, 'x', address('10.1.2.3'))).toBe(true);
    expect(isAllowed(network, 'x', address('::ffff:10.1.2.3'))).toBe(true);
    expect(isAllowed(network, 'x', address('::1'))).toBe(true);
    expect(isAllowed(network, 'x', address('192.168.0.1'))).toBe(false);
    expect(isAllowed(network, 'x', address('8.8.8.8'))).toBe(false);
  });

  test('never opens metadata, multicast and unspecified addresses', () => {
    const all = parseAllowList(['0.0.0.0/0', '::/0']);
    for (const text of ['169.254.169.254', '::ffff:169.254.169.254', 'fd00:ec2::254', '0.0.0.0', '::', '224.0.0.1']) {
      expect(isNever(address(text))).toBe(true);
      expect(isAllowed(all, 'x', address(text))).toBe(false);
    }
    expect(isAllowed(all, 'x', address('127.0.0.1'))).toBe(true);
  });

  test('never opens the metadata address of Azure, which is of a public range', () => {
    for (const text of ['168.63.129.16', '::ffff:168.63.129.16']) {
      for (const entries of [[], ['example.org'], ['168.63.129.16', '::/0']])
        expect(isAllowed(parseAllowList(entries), 'example.org', address(text))).toBe(false);
    }
  });

  test('says what it cannot read', () => {
    expect(() => parseAllowList(['http://example.org/'])).toThrow(
      'LIKENESS_FETCH_ALLOW: host names, addresses or networks (10.0.0.0/8), but it has http://example.org/',
    );
  });
});
