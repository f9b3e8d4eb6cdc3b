import ipaddr from 'ipaddr.js';

export type Address = ipaddr.IPv4 | ipaddr.IPv6;

/** The part of IPv6 that is given out at all; everything outside has some meaning of its own. */
const GLOBAL_UNICAST = ipaddr.parseCIDR('2000::/3');
/** Where clouds tell a machine its secrets; Azure's is of a range that is public everywhere else. */
const METADATA = [
  '169.254.169.254',
  '169.254.170.2',
  '100.100.100.200',
  '168.63.129.16',
  'fd00:ec2::254',
  'fd20:ce::254',
].map((text) => ipaddr.parse(text));

/** The address that a text is, without a zone; undefined for one that is none. */
export function parseAddress(text: string): Address | undefined {
  const [bare = ''] = text.split('%');
  return ipaddr.isValid(bare) ? ipaddr.parse(bare) : undefined;
}

/**
 * Whether anybody on the internet may have this address. No to loopback, private, link-local, carrier-grade NAT,
 * multicast, unspecified, reserved and documentation ranges, and to every IPv6 form that wraps an IPv4 address (mapped,
 * NAT64, 6to4, Teredo), whatever it wraps.
 */
export function isPublic(address: Address): boolean {
  if (address.range() !== 'unicast') return false;
  return address.kind() === 'ipv4' || address.match(GLOBAL_UNICAST);
}

/** Refused even where a setting allows the network around it: nothing there is an image. */
export function isNever(address: Address): boolean {
  const plain = unwrapped(address);
  if (plain.range() === 'multicast' || plain.range() === 'unspecified' || plain.range() === 'broadcast') return true;
  return METADATA.some((one) => one.kind() === plain.kind() && one.toString() === plain.toString());
}

/** The IPv4 address inside an IPv4-mapped one; any other as it is. */
export function unwrapped(address: Address): Address {
  return address instanceof ipaddr.IPv6 && address.isIPv4MappedAddress() ? address.toIPv4Address() : address;
}
