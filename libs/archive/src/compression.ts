import { PassThrough, pipeline, Readable, type Transform } from 'node:stream';
import zlib from 'node:zlib';
import { DomainError } from '#libs/errors';

export const COMPRESSIONS = ['gzip', 'zstd', 'none'] as const;
export type Compression = (typeof COMPRESSIONS)[number];

/** Photographs do not get smaller, tables do at any level: the quickest one. */
const GZIP_LEVEL = 1;

interface Zstd {
  createZstdCompress?: () => Transform;
  createZstdDecompress?: () => Transform;
}
/** Node has zstd from 22.15 on; its typings here are those of Node 20. */
const zstd = zlib as Zstd;

export const hasZstd = (): boolean => zstd.createZstdCompress !== undefined;

/** What a file name asks for: `.zst` zstd, `.tar` nothing, anything else gzip. */
export function compressionOf(file: string): Compression {
  if (/\.zst$/i.test(file)) return 'zstd';
  return /\.tar$/i.test(file) ? 'none' : 'gzip';
}

/** @throws DomainError `archive_unreadable` for zstd where this Node has none */
export function compressor(compression: Compression): Transform {
  if (compression === 'none') return new PassThrough();
  if (compression === 'gzip') return zlib.createGzip({ level: GZIP_LEVEL });
  return (zstd.createZstdCompress ?? noZstd)();
}

/** The archive's bytes as a tar stream, whatever it was compressed with: told by its first bytes, not by its name. */
export async function decompressed(bytes: Readable): Promise<Readable> {
  const iterator = bytes.iterator({ destroyOnReturn: true }) as AsyncIterator<Buffer>;
  let head = Buffer.alloc(0);
  let ended = false;
  while (head.length < 4 && !ended) {
    const next = await iterator.next();
    if (next.done === true) ended = true;
    else head = Buffer.concat([head, next.value]);
  }
  const source = async function* (): AsyncGenerator<Buffer> {
    try {
      yield head;
      for (let next = await iterator.next(); next.done !== true; next = await iterator.next()) yield next.value;
    } finally {
      await iterator.return?.();
    }
  };
  const transform = decompressorFor(head);
  pipeline(Readable.from(source()), transform, () => undefined);
  return transform;
}

function decompressorFor(head: Buffer): Transform {
  if (head[0] === 0x1f && head[1] === 0x8b) return zlib.createGunzip();
  if (head.length >= 4 && head.readUInt32LE(0) === 0xfd2fb528) return (zstd.createZstdDecompress ?? noZstd)();
  return new PassThrough();
}

function noZstd(): never {
  throw new DomainError(
    'archive_unreadable',
    `Node ${process.version} has no zstd: use Node 22.15 or newer, unpack it with \`zstd -d\` first, or name the file .tar.gz.`,
  );
}
