import type { FastifyReply, FastifyRequest } from 'fastify';

export interface FileAnswer {
  readonly data: Buffer;
  readonly mediaType: string;
  /** Names the content; quotes are added where they are missing. */
  readonly etag: string;
  /** Name for saving it: made by us, never a client's. */
  readonly name: string;
  /** Whether the address names the content too, so that the answer cannot change. */
  readonly forever: boolean;
}

/** Answers somebody's file so that a browser will never take it for a page of ours: no sniffing, no scripts, no frames. */
export function sendFile(request: FastifyRequest, reply: FastifyReply, file: FileAnswer): void {
  const etag = file.etag.startsWith('"') ? file.etag : `"${file.etag}"`;
  void reply.headers({
    ETag: etag,
    'Cache-Control': file.forever ? 'private, max-age=31536000, immutable' : 'private, no-cache',
    'Content-Security-Policy': "default-src 'none'; sandbox",
    'Content-Disposition': `inline; filename="${file.name}"`,
    'X-Content-Type-Options': 'nosniff',
  });
  if (matches(request.headers['if-none-match'], etag)) void reply.code(304).send();
  else void reply.type(file.mediaType).send(file.data);
}

/** Weak comparison of RFC 9110, section 13.1.2. */
export function matches(header: string | undefined, etag: string): boolean {
  if (header === undefined) return false;
  return header.split(',').some((tag) => ['*', etag].includes(tag.trim().replace(/^W\//, '')));
}
