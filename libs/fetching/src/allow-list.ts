import ipaddr from 'ipaddr.js';
import { DomainError } from '#libs/errors';
import { isNever, isPublic, unwrapped, type Address } from './public-address.js';

type Network = ReturnType<typeof ipaddr.parseCIDR>;

/** What may be fetched: public addresses under some names, or all, and networks that were opened on purpose. */
export interface AllowList {
  readonly networks: readonly Network[];
  /** Host names, lower case; `*.example.org` stands for every name below. */
  readonly hosts: readonly string[];
}

/**
 * Reads the entries of `LIKENESS_FETCH_ALLOW`: host names, `*.` before a name for all below it, addresses, networks.
 *
 * @throws DomainError `settings_invalid`
 */
export function parseAllowList(entries: readonly string[]): AllowList {
  const networks: Network[] = [];
  const hosts: string[] = [];
  for (const entry of entries) {
    if (ipaddr.isValidCIDR(entry)) networks.push(ipaddr.parseCIDR(entry));
    else if (ipaddr.isValid(entry)) networks.push(ipaddr.parseCIDR(`${entry}/${entry.includes(':') ? 128 : 32}`));
    else if (/^(\*\.)?[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/i.test(entry)) hosts.push(entry.toLowerCase());
    else {
      const expected = 'host names, addresses or networks (10.0.0.0/8)';
      throw new DomainError('settings_invalid', `LIKENESS_FETCH_ALLOW: ${expected}, but it has ${entry}`, {
        fields: [{ path: 'LIKENESS_FETCH_ALLOW', expected, received: JSON.stringify(entry) }],
      });
    }
  }
  return { networks, hosts };
}

/** Whether a connection to this address, for this name, may be made. A name alone never opens what is not public. */
export function isAllowed({ networks, hosts }: AllowList, host: string, address: Address): boolean {
  if (isNever(address)) return false;
  const plain = unwrapped(address);
  const opened = networks.some(([range, bits]) => range.kind() === plain.kind() && plain.match(range, bits));
  if (opened) return true;
  const anyName = networks.length === 0 && hosts.length === 0;
  return isPublic(address) && (anyName || hosts.some((entry) => covers(entry, host)));
}

function covers(entry: string, host: string): boolean {
  const name = host.toLowerCase().replace(/\.$/, '');
  return entry.startsWith('*.') ? name.endsWith(entry.slice(1)) : name === entry;
}
