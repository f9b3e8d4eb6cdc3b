import { createHash, timingSafeEqual } from 'node:crypto';
import { BlockList, isIPv4, isIPv6 } from 'node:net';
import type { HttpSettings } from '#libs/config';
import { DomainError } from '#libs/errors';
import type { FastifyRequest } from 'fastify';

const loopback = new BlockList();
loopback.addSubnet('127.0.0.0', 8, 'ipv4');
loopback.addAddress('::1', 'ipv6');

/** True for addresses and names that only this machine can reach. */
export function isLoopback(host: string): boolean {
  if (host === 'localhost') return true;
  if (isIPv4(host)) return loopback.check(host, 'ipv4');
  return isIPv6(host) && loopback.check(host, 'ipv6');
}

const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS']);

/** `Example.com:3000` → `example.com`, `[::1]:3000` → `::1`. */
function hostName(authority: string): string {
  const bracketed = /^\[([^\]]*)\]/.exec(authority);
  return (bracketed?.[1] ?? authority.replace(/:\d*$/, '')).toLowerCase();
}

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

/** Decides from a request's head alone, before its body is read, whether it may go on. */
export class AccessRules {
  private readonly names?: ReadonlySet<string>;
  private readonly allowed: ReadonlySet<string>;
  private readonly key?: Buffer;

  constructor(settings: HttpSettings) {
    this.allowed = new Set(settings.allowedHosts.map((host) => hostName(host)));
    if (isLoopback(settings.host) || this.allowed.size > 0) {
      this.names = new Set(['localhost', '127.0.0.1', '::1', hostName(settings.host), ...this.allowed]);
    }
    if (settings.apiKey !== undefined) this.key = digest(settings.apiKey);
  }

  /** @throws DomainError `forbidden_host`, `forbidden_origin`, `unauthorized` */
  check(request: FastifyRequest): void {
    this.checkHost(request.headers.host);
    if (!SAFE_METHODS.has(request.method)) this.checkOrigin(request);
    // The matched route, not the raw address: a percent-encoded spelling of /v1 is /v1 too.
    if (this.key && request.routeOptions.url?.startsWith('/v1')) this.checkKey(this.key, request.headers.authorization);
  }

  /** A page of another site that got its name resolved to this machine still sends its own name (DNS rebinding). */
  private checkHost(host: string | undefined): void {
    if (this.names?.has(hostName(host ?? ''))) return;
    if (this.names)
      throw new DomainError(
        'forbidden_host',
        `The Host header is ${JSON.stringify(host ?? '')}, which is not a name of this service.`,
      );
  }

  /** Browsers send forms and plain uploads to other sites without asking; they name the sender in Origin. */
  private checkOrigin(request: FastifyRequest): void {
    const { origin, host } = request.headers;
    if (origin === undefined) return;
    const sender = URL.canParse(origin) ? new URL(origin) : null;
    if (sender && (sender.host === host?.toLowerCase() || this.allowed.has(hostName(sender.host)))) return;
    throw new DomainError('forbidden_origin', `The request comes from a page of ${JSON.stringify(origin)}.`);
  }

  private checkKey(expected: Buffer, header: string | undefined): void {
    const given = /^Bearer +(\S+) *$/i.exec(header ?? '')?.[1];
    if (given === undefined) throw new DomainError('unauthorized', 'The request has no API key.');
    // Digests have one length, so that neither length nor content of the key shows in the time taken.
    if (!timingSafeEqual(digest(given), expected))
      throw new DomainError('unauthorized', 'The API key is not the right one.');
  }
}
