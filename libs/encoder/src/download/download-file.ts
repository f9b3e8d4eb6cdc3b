import { closeSync, fsyncSync, openSync, writeFileSync, writeSync } from 'node:fs';
import { mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { DomainError } from '#libs/errors';
import { hashFile, sizeOf } from '../files.js';
import { keptFile, lengthOf, noteOrigin, strongTag, totalOf } from './kept-file.js';

export interface DownloadOrder {
  /** Tried one after the other. */
  readonly urls: readonly string[];
  /** Where the file is to lie; a `.part` file beside it keeps what has come so far. */
  readonly target: string;
  /** What the file must hash to; without, it is trusted, and noted beside it in `TARGET.origin.json`. */
  readonly sha256?: string;
  readonly signal?: AbortSignal;
  readonly onProgress?: (received: number, total: number | undefined) => void;
  /** Milliseconds without a byte after which a connection counts as lost, and before the next try. */
  readonly patience?: { readonly idle: number; readonly retry: number };
}

export interface Downloaded {
  readonly url: string;
  readonly sha256: string;
  readonly bytes: number;
  /** Bytes that an earlier try had left. */
  readonly resumedAt: number;
}

const PATIENCE = { idle: 60_000, retry: 1000 } as const;
/** Tries at one address in a row that brought nothing before the next address is tried. */
const FRUITLESS_TRIES = 5;

/**
 * Downloads a file, going on where an earlier try stopped (RFC 9110, section 14: Range and If-Range), and checks its hash.
 * A connection that is lost is opened again as long as bytes keep coming. None is opened where the file is there already, as
 * its hash shows. One without a published hash is noted with where it came from, and only asked about where it is there.
 *
 * @throws DomainError `download_failed`, which leaves the `.part` file for the next time; `download_mismatch`, which removes it
 */
export async function downloadFile(order: DownloadOrder): Promise<Downloaded> {
  const { urls, target, sha256, signal } = order;
  const there = await alreadyThere(order);
  if (there) return there;
  const part = new PartFile(target);
  await mkdir(path.dirname(target), { recursive: true });
  const resumedAt = await part.size();
  const reasons: string[] = [];
  for (const url of urls) {
    const outcome = await fetchAll(url, part, order);
    if (outcome !== undefined) {
      reasons.push(`${url}: ${outcome}`);
      continue;
    }
    const received = await hashFile(part.path);
    if (sha256 !== undefined && received !== sha256) {
      await part.remove();
      throw new DomainError('download_mismatch', `What came from ${url} is not the published file.`, {
        fields: [{ path: 'sha256', expected: sha256, received }],
      });
    }
    signal?.throwIfAborted();
    const bytes = await part.size();
    const etag = await part.version();
    await part.finish();
    if (sha256 === undefined) await noteOrigin(target, { url, etag, bytes, sha256: received });
    return { url, sha256: received, bytes, resumedAt };
  }
  throw new DomainError('download_failed', `Nothing could be downloaded. ${reasons.join('; ')}.`);
}

/** What an earlier call has brought. */
async function alreadyThere(order: DownloadOrder): Promise<Downloaded | undefined> {
  const {
    urls: [url = ''],
    target,
    sha256,
  } = order;
  if (sha256 === undefined) return alreadyTrusted(order);
  const bytes = await sizeOf(target);
  if (bytes === undefined || (await hashFile(target)) !== sha256) return undefined;
  return { url, sha256, bytes, resumedAt: bytes };
}

async function alreadyTrusted({ urls, target, signal, patience }: DownloadOrder): Promise<Downloaded | undefined> {
  const silence = AbortSignal.timeout((patience ?? PATIENCE).idle);
  const kept = await keptFile(target, urls, signal ? AbortSignal.any([signal, silence]) : silence);
  signal?.throwIfAborted();
  return kept && { url: kept.url, sha256: kept.sha256, bytes: kept.bytes, resumedAt: kept.bytes };
}

/** Undefined once everything is there, or why it is not. */
async function fetchAll(url: string, part: PartFile, order: DownloadOrder): Promise<string | undefined> {
  const { idle, retry } = order.patience ?? PATIENCE;
  let reason = '';
  for (let fruitless = 0; fruitless < FRUITLESS_TRIES;) {
    order.signal?.throwIfAborted();
    const before = await part.size();
    try {
      await fetchOnce(url, part, idle, order);
      return undefined;
    } catch (error) {
      order.signal?.throwIfAborted();
      if (error instanceof Refused) return error.message;
      reason = wordsOf(error);
    }
    fruitless = (await part.size()) > before ? 0 : fruitless + 1;
    if (fruitless < FRUITLESS_TRIES) await wait(retry, undefined, { signal: order.signal });
  }
  return reason;
}

/** The server answered, and another try would be answered likewise. */
class Refused extends Error {}

async function fetchOnce(
  url: string,
  part: PartFile,
  idle: number,
  { signal, onProgress }: DownloadOrder,
): Promise<void> {
  const silence = new AbortController();
  const timer = setTimeout(() => silence.abort(new Error('nothing came for too long')), idle);
  try {
    const have = await part.size();
    const version = await part.version();
    const answer = await fetch(url, {
      headers: have > 0 ? { Range: `bytes=${have}-`, ...(version !== undefined && { 'If-Range': version }) } : {},
      signal: signal ? AbortSignal.any([signal, silence.signal]) : silence.signal,
    });
    if (answer.status === 416 && totalOf(answer) === have) return;
    if (!answer.ok || !answer.body) {
      // Beyond its end: what is here is of another file.
      if (answer.status === 416) await part.remove();
      const text = `the server answered ${answer.status} ${answer.statusText}`.trim();
      throw answer.status >= 500 || answer.status === 416 || answer.status === 429
        ? new Error(text)
        : new Refused(text);
    }
    const goesOn = answer.status === 206 && answer.headers.get('content-range')?.startsWith(`bytes ${have}-`) === true;
    let received = goesOn ? have : 0;
    const total = goesOn ? totalOf(answer) : lengthOf(answer);
    // Written at once and without waiting: what a connection brought before it was cut is dropped unless it has been read.
    const file = part.open(goesOn, answer.headers.get('etag') ?? undefined);
    try {
      for await (const chunk of answer.body) {
        timer.refresh();
        writeSync(file, chunk as Uint8Array);
        received += (chunk as Uint8Array).length;
        onProgress?.(received, total);
      }
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    if (total !== undefined && received < total)
      throw new Error(`the connection ended after ${received} of ${total} bytes`);
  } finally {
    clearTimeout(timer);
  }
}

/** fetch hides the reason one level down. */
function wordsOf(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined;
  const inner = cause instanceof Error ? cause.message || (cause as NodeJS.ErrnoException).code : undefined;
  return inner ?? (error instanceof Error ? error.message : String(error));
}

/** What has come so far, and which version of the file it is of. */
class PartFile {
  readonly path: string;
  private readonly versionPath: string;

  constructor(private readonly target: string) {
    this.path = `${target}.part`;
    this.versionPath = `${target}.part.etag`;
  }

  async size(): Promise<number> {
    const handle = await open(this.path).catch(() => undefined);
    if (!handle) return 0;
    try {
      return (await handle.stat()).size;
    } finally {
      await handle.close();
    }
  }

  /** The entity tag. */
  async version(): Promise<string | undefined> {
    return strongTag(await readFile(this.versionPath, 'utf8').catch(() => ''));
  }

  /** Opens it for what comes next, to go on or to begin anew with this version. */
  open(goesOn: boolean, version: string | undefined): number {
    if (!goesOn) writeFileSync(this.versionPath, version ?? '');
    return openSync(this.path, goesOn ? 'a' : 'w');
  }

  async finish(): Promise<void> {
    await rename(this.path, this.target);
    await rm(this.versionPath, { force: true });
  }

  async remove(): Promise<void> {
    await Promise.all([this.path, this.versionPath].map((file) => rm(file, { force: true })));
  }
}
