import http, { type IncomingMessage, type RequestOptions } from 'node:http';
import https from 'node:https';
import type { LookupFunction } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import pLimit from 'p-limit';
import { DomainError, formatBytes } from '#libs/errors';
import type { AllowList } from './allow-list.js';
import { ImageFetcher, ServerStumbled, type FetchedImage } from './image-fetcher.js';
import { parseAddress } from './public-address.js';
import { checkTarget, parseTarget, systemResolver, type HostResolver, type Target } from './target.js';

export interface FetchOptions {
  /** False: every fetch ends with `url_fetch_disabled`. */
  readonly enabled: boolean;
  readonly allowed: AllowList;
  /** Most bytes of one answer. */
  readonly maxBytes: number;
  /** For one fetch as a whole, redirects and body included; so that a server that drips bytes holds nothing up. */
  readonly timeoutMs: number;
  /** How names are resolved; the machine's way by default. */
  readonly resolve?: HostResolver;
}

const MAX_REDIRECTS = 5;
const TOO_MANY_REQUESTS = 429;
const REDIRECTS = new Set([301, 302, 303, 307, 308]);
/** Each may hold as many bytes as one image may have. */
const AT_ONCE = 8;
const HEADERS = { accept: 'image/*, */*;q=0.5', 'accept-encoding': 'identity', 'user-agent': 'likeness' };

type Hop = { readonly redirect: string } | { readonly bytes: Buffer };

/** Fetches over http and https with Node's own client; each name is resolved once and the connection pinned to that. */
export class HttpImageFetcher extends ImageFetcher {
  private readonly limit = pLimit(AT_ONCE);

  constructor(private readonly options: FetchOptions) {
    super();
  }

  fetch(url: string, signal?: AbortSignal): Promise<FetchedImage> {
    if (!this.options.enabled) {
      return Promise.reject(new DomainError('url_fetch_disabled', 'Fetching by URL is switched off here.'));
    }
    return this.limit(() => this.inTime(url, signal));
  }

  private async inTime(url: string, signal?: AbortSignal): Promise<FetchedImage> {
    signal?.throwIfAborted();
    const abort = new AbortController();
    const stop = () => abort.abort();
    signal?.addEventListener('abort', stop);
    const host = parseTarget(url).host;
    const late = sleep(this.options.timeoutMs, undefined, { signal: abort.signal }).then(() => {
      throw new ServerStumbled(
        'url_too_slow',
        `${host} did not answer in full within ${this.options.timeoutMs / 1000} s.`,
      );
    });
    try {
      return await Promise.race([this.follow(url, abort.signal), late]);
    } catch (error) {
      signal?.throwIfAborted();
      throw error;
    } finally {
      signal?.removeEventListener('abort', stop);
      abort.abort();
      late.catch(() => undefined);
    }
  }

  private async follow(text: string, signal: AbortSignal): Promise<FetchedImage> {
    let url = parseTarget(text);
    for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects++) {
      const target = await checkTarget(url, this.options.allowed, this.options.resolve ?? systemResolver);
      signal.throwIfAborted();
      const hop = await this.hop(target, signal);
      if ('bytes' in hop) return { bytes: hop.bytes, url: url.href };
      url = parseTarget(hop.redirect, url);
    }
    throw new DomainError('url_fetch_failed', `${url.host} redirects more than ${MAX_REDIRECTS} times.`);
  }

  private hop(target: Target, signal: AbortSignal): Promise<Hop> {
    const { url, pinned } = target;
    const options: RequestOptions = { signal, headers: HEADERS, agent: false, lookup: pinnedLookup(pinned) };
    return new Promise((resolve, reject) => {
      const fail = (cause: Error) =>
        reject(
          cause instanceof DomainError
            ? cause
            : new ServerStumbled('url_fetch_failed', `${url.host} cannot be fetched from: ${codeOf(cause)}.`, {
                cause,
              }),
        );
      const request = (url.protocol === 'https:' ? https : http).get(url, options, (response) => {
        this.take(response, url.host).then(resolve, (error: Error) => {
          request.destroy();
          fail(error);
        });
      });
      request.on('error', fail);
      request.on('socket', (socket) =>
        socket.on('connect', () => {
          // Cannot differ; were it ever to, nothing has been sent yet.
          if (!isPinned(pinned, socket.remoteAddress)) {
            request.destroy(new DomainError('url_refused', `${url.host} is not where the connection went.`));
          }
        }),
      );
    });
  }

  private async take(response: IncomingMessage, host: string): Promise<Hop> {
    const { statusCode = 0, headers } = response;
    if (REDIRECTS.has(statusCode) && headers.location !== undefined) {
      response.destroy();
      return { redirect: headers.location };
    }
    if (statusCode !== 200) {
      const detail = `${host} answered with status ${statusCode}.`;
      const passing = statusCode >= 500 || statusCode === TOO_MANY_REQUESTS;
      throw passing ? new ServerStumbled('url_fetch_failed', detail) : new DomainError('url_fetch_failed', detail);
    }
    const encoding = headers['content-encoding'] ?? 'identity';
    if (encoding !== 'identity') {
      throw new DomainError(
        'url_fetch_failed',
        `${host} answered in the encoding ${encoding}, which was not asked for.`,
      );
    }
    if (Number(headers['content-length'] ?? 0) > this.options.maxBytes) throw this.tooLarge(host);
    const chunks: Buffer[] = [];
    let size = 0;
    for await (const chunk of response as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > this.options.maxBytes) throw this.tooLarge(host);
      chunks.push(chunk);
    }
    if (size === 0) throw new DomainError('image_empty', `${host} answered with nothing.`);
    return { bytes: Buffer.concat(chunks) };
  }

  private tooLarge(host: string): DomainError {
    return new DomainError('image_too_large', `${host} answers with more than ${formatBytes(this.options.maxBytes)}.`);
  }
}

/** Answers every look-up with what was checked, so that a name that changes meanwhile changes nothing. */
function pinnedLookup(pinned: Target['pinned']): LookupFunction {
  return (_host, options, done) => {
    const [first] = pinned;
    if (options.all) done(null, [...pinned]);
    else done(null, first?.address ?? '', first?.family);
  };
}

function isPinned(pinned: Target['pinned'], remote: string | undefined): boolean {
  const address = remote === undefined ? undefined : parseAddress(remote);
  return (
    address !== undefined &&
    pinned.some((one) => parseAddress(one.address)?.toNormalizedString() === address.toNormalizedString())
  );
}

/** Node's code of a failure (ECONNREFUSED, CERT_HAS_EXPIRED …): short, and says nothing about this machine. */
function codeOf(error: Error): string {
  const { code } = error as NodeJS.ErrnoException;
  return code ?? 'the connection failed';
}
