import { lookup } from 'node:dns/promises';
import { DomainError } from '#libs/errors';
import { isAllowed, type AllowList } from './allow-list.js';
import { ServerStumbled } from './image-fetcher.js';
import { parseAddress } from './public-address.js';

/** Every address of a name, in the order to try them. */
export type HostResolver = (host: string) => Promise<readonly string[]>;

/** The machine's own resolver. */
export const systemResolver: HostResolver = async (host) =>
  (await lookup(host, { all: true, verbatim: true })).map(({ address }) => address);

/** An address that was checked: the connection goes to `pinned` and nowhere else. */
export interface Target {
  readonly url: URL;
  readonly pinned: readonly { readonly address: string; readonly family: 4 | 6 }[];
}

const MAX_URL = 4096;

/** @throws DomainError `url_invalid` */
export function parseTarget(text: string, base?: URL): URL {
  const url = text.length <= MAX_URL && URL.canParse(text, base?.href) ? new URL(text, base) : undefined;
  if (!url) throw invalid(text, 'an absolute http or https URL');
  if (url.protocol !== 'http:' && url.protocol !== 'https:') throw invalid(text, 'an http or https URL');
  if (url.username !== '' || url.password !== '')
    throw invalid(`${url.protocol}//…@${url.host}`, 'a URL without user and password');
  url.hash = '';
  return url;
}

/**
 * Resolves the name once and checks every address it has: one that may not be talked to refuses them all, because a name
 * that has both is a trap.
 *
 * @throws DomainError `url_refused`, `url_fetch_failed`
 */
export async function checkTarget(url: URL, allowed: AllowList, resolve: HostResolver): Promise<Target> {
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const literal = parseAddress(host);
  const addresses = literal ? [host] : await resolved(host, resolve);
  const parsed = addresses.map((text) => ({ text, address: parseAddress(text) }));
  // What the addresses are is not told: a name inside this network is nobody's business.
  if (!parsed.every(({ address }) => address !== undefined && isAllowed(allowed, host, address))) {
    throw new DomainError('url_refused', `${url.host} is not an address that may be fetched from.`);
  }
  return { url, pinned: parsed.map(({ text }) => ({ address: text, family: text.includes(':') ? 6 : 4 })) };
}

async function resolved(host: string, resolve: HostResolver): Promise<readonly string[]> {
  const addresses = await resolve(host).catch((cause: unknown) => {
    throw new ServerStumbled('url_fetch_failed', `The name ${host} cannot be resolved.`, { cause });
  });
  if (addresses.length > 0) return addresses;
  throw new DomainError('url_fetch_failed', `The name ${host} has no address.`);
}

function invalid(text: string, expected: string): DomainError {
  const received = JSON.stringify(text.slice(0, 80));
  return new DomainError('url_invalid', `Expected ${expected} but received ${received}.`, {
    fields: [{ path: 'url', expected, received }],
  });
}
