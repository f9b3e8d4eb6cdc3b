import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, open } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { extract } from 'tar-stream';
import { DomainError } from '#libs/errors';

const TAR_MAGIC_AT = 257;

/**
 * Makes a model out of what was handed in: an archive (.tar, .tar.gz) is unpacked, a compressed file (.gz) decompressed into
 * `folder`; anything else is left where it is. Told by their first bytes, not their names.
 *
 * @returns path of the file or folder to look at
 * @throws DomainError `model_unreadable` for an archive that is damaged or leads out of its folder
 */
export async function unpack(file: string, folder: string): Promise<string> {
  const head = await readHead(file);
  if (head[0] === 0x1f && head[1] === 0x8b) {
    const plain = path.join(folder, path.basename(file).replace(/\.(gz|tgz)$/i, '') || 'model');
    await mkdir(folder, { recursive: true });
    await guard(file, pipeline(createReadStream(file), createGunzip(), createWriteStream(plain)));
    return unpack(plain, path.join(folder, 'archive'));
  }
  if (head.subarray(TAR_MAGIC_AT, TAR_MAGIC_AT + 5).toString('latin1') !== 'ustar') return file;
  const archive = extract();
  archive.on('entry', (header, stream, next) => {
    const place = path.resolve(folder, header.name);
    const inside = place.startsWith(path.resolve(folder) + path.sep);
    if (header.type !== 'file' || !inside) {
      // Links and devices are no part of a model; a path that leads out is not followed.
      stream.resume();
      stream.on('end', () =>
        inside || header.type !== 'file' ? next() : next(new Error(`${header.name} leads out of it`)),
      );
      return;
    }
    mkdir(path.dirname(place), { recursive: true })
      .then(() => pipeline(stream, createWriteStream(place)))
      .then(() => next(), next);
  });
  await mkdir(folder, { recursive: true });
  await guard(file, pipeline(createReadStream(file), archive));
  return folder;
}

async function guard(file: string, work: Promise<void>): Promise<void> {
  try {
    await work;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOSPC') throw error;
    const words = (error as Error).message;
    throw new DomainError('model_unreadable', `${path.basename(file)} cannot be unpacked: ${words}.`, { cause: error });
  }
}

async function readHead(file: string): Promise<Buffer> {
  const handle = await open(file);
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(512), 0, 512, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}
