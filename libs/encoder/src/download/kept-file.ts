import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { hashFile, sizeOf, writePieces } from '../files.js';

/** What is known of a file that came without a published hash. */
const originSchema = z.object({
  url: z.string(),
  /** The entity tag; none where the server gave none that speaks of bytes. */
  etag: z.string().optional(),
  bytes: z.number(),
  sha256: z.string(),
});
export type Origin = z.infer<typeof originSchema>;

const originPath = (file: string): string => `${file}.origin.json`;

/** Writes beside a file where it came from, for `keptFile` to know it by. */
export async function noteOrigin(file: string, origin: Origin): Promise<void> {
  await writePieces(originPath(file), [Buffer.from(JSON.stringify(origin))]);
}

/**
 * A file that an earlier call has brought, where it is whole by its own hash and its server does not say that another one is
 * published by now. A server that cannot be reached, or tells nothing, says no such thing.
 */
export async function keptFile(
  file: string,
  urls: readonly string[],
  signal: AbortSignal,
): Promise<Origin | undefined> {
  const origin = await originOf(file);
  if (!origin || !urls.includes(origin.url) || (await sizeOf(file)) !== origin.bytes) return undefined;
  if ((await hashFile(file)) !== origin.sha256) return undefined;
  return (await isOutdated(origin, signal)) ? undefined : origin;
}

async function originOf(file: string): Promise<Origin | undefined> {
  try {
    return originSchema.parse(JSON.parse(await readFile(originPath(file), 'utf8')));
  } catch {
    return undefined;
  }
}

async function isOutdated({ url, etag, bytes }: Origin, signal: AbortSignal): Promise<boolean> {
  // For one byte, since an address that is signed for GET refuses HEAD.
  const answer = await fetch(url, { headers: { Range: 'bytes=0-0' }, signal }).catch(() => undefined);
  await answer?.body?.cancel();
  if (!answer?.ok) return false;
  const now = strongTag(answer.headers.get('etag'));
  if (etag !== undefined && now !== undefined) return now !== etag;
  const total = totalOf(answer) ?? (answer.status === 200 ? lengthOf(answer) : undefined);
  return total !== undefined && total !== bytes;
}

/** Weak ones say nothing about bytes. */
export const strongTag = (tag: string | null): string | undefined =>
  tag === null || tag === '' || tag.startsWith('W/') ? undefined : tag;

/** Of a part that was asked for: the length of the whole. */
export function totalOf(answer: Response): number | undefined {
  const [, total] = /\/(\d+)$/.exec(answer.headers.get('content-range') ?? '') ?? [];
  return total === undefined ? undefined : Number(total);
}

/** Unknown where the body is compressed on its way: its length is then not that of the file. */
export function lengthOf(answer: Response): number | undefined {
  const length = answer.headers.get('content-length');
  return length === null || answer.headers.has('content-encoding') ? undefined : Number(length);
}
