import { randomBytes } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { open, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { DomainError, formatBytes } from '#libs/errors';

export interface SavedArchive {
  readonly bytes: number;
  readonly createdAt: string;
  readonly images: number;
  readonly originals: number;
  readonly references: number;
}

/**
 * Writes an archive aside, reads it back comparing every checksum, syncs it, and only then gives it its name: a file of
 * that name is a whole archive.
 *
 * @param options.report is told how far it is, in words, whenever they change
 * @throws DomainError `backup_file_unusable` when the file cannot be written, is there already or is a folder,
 *   `backup_broken_off`; the signal's reason when it is aborted
 */
export async function saveArchive(
  target: string,
  start: () => Promise<Readable>,
  {
    force,
    signal,
    report = () => undefined,
  }: { force: boolean; signal: AbortSignal; report?: (progress: string) => void },
): Promise<SavedArchive> {
  const there = await stat(target).catch(() => null);
  // Whatever is forced: a file never takes the place of a folder, and that is known before all of it is written.
  if (there?.isDirectory()) throw new DomainError('backup_file_unusable', `${target} is a folder: name a file in it.`);
  if (there && !force)
    throw new DomainError('backup_file_unusable', `${target} is there already; --force replaces it.`);
  const aside = `${target}.${randomBytes(4).toString('hex')}.partial`;
  try {
    const handle = await open(aside, 'wx', 0o600).catch((error: Error) => {
      throw new DomainError('backup_file_unusable', `${target} cannot be written: ${error.message}`, { cause: error });
    });
    await handle.close();
    const counted = (source: AsyncIterable<Buffer>) => counting(source, report);
    await pipeline(await start(), counted, createWriteStream(aside), { signal }).catch((error: unknown) => {
      if (signal.aborted || error instanceof DomainError) throw error;
      const reason = error instanceof Error ? error.message : String(error);
      throw new DomainError('backup_broken_off', `The archive broke off: ${reason}.`, { cause: error });
    });
    await sync(aside);
    report('checking what was written');
    const { checkArchive } = await import('#libs/search');
    const { catalogue, createdAt } = await checkArchive(aside, signal);
    await rename(aside, target);
    if (process.platform !== 'win32') await sync(path.dirname(target));
    const { count, references } = catalogue.originals;
    return { bytes: (await stat(target)).size, createdAt, images: count + references, originals: count, references };
  } catch (error) {
    await rm(aside, { force: true });
    // A stream that is stopped says only that it was; the reason tells by whom.
    signal.throwIfAborted();
    throw error;
  }
}

async function* counting(source: AsyncIterable<Buffer>, report: (progress: string) => void): AsyncGenerator<Buffer> {
  let bytes = 0;
  let told = '';
  for await (const chunk of source) {
    yield chunk;
    bytes += chunk.length;
    const progress = `${formatBytes(bytes)} written`;
    if (progress !== told) report(progress);
    told = progress;
  }
}

async function sync(file: string): Promise<void> {
  const handle = await open(file, 'r');
  await handle.sync().finally(() => handle.close());
}
