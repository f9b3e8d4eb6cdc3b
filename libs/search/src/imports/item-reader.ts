import { Injectable } from '@nestjs/common';
import { readFile, realpath, stat } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ClaimedItem, ImportProgress } from '#libs/catalogue';
import { Settings } from '#libs/config';
import { DomainError, formatBytes } from '#libs/errors';
import { ImageFetcher, ServerStumbled } from '#libs/fetching';
import { ImageTrial } from '#libs/imaging';
import type { Candidate } from '../ingest/store-images.js';
import { isTroubleOfService } from '../service/whose-fault.js';
import { NO_FILE } from './list-folder.js';

/** A server that stumbles is asked again so often, after so many milliseconds more each time. */
const RETRIES = 2;
const RETRY_MS = 1000;
/** An item that was in hand so often when a process ended is tried in a process of its own before it is used … */
const SUSPECT_AFTER = 3;
/** … and one that passes, but is taken up again and again, is set aside in the end. */
const GIVE_UP_AFTER = 50;

type GoodItem = Candidate & { readonly itemId: number };
export type ReadItem = GoodItem | { readonly itemId: number; readonly error: DomainError };

/** Whether an item of a manifest lies elsewhere. */
export const isUrl = (named: string): boolean => /^https?:\/\//i.test(named);

/** Gets the bytes of an import's items, from the disk or by URL. */
@Injectable()
export class ItemReader {
  constructor(
    private readonly settings: Settings,
    private readonly fetcher: ImageFetcher,
    private readonly trial: ImageTrial,
  ) {}

  /** How many items are taken up at a time. */
  get chunk(): number {
    return this.settings.imports.chunk;
  }

  /** Real paths of the folders that the service keeps its own files in: no import of a folder takes anything from there. */
  async ownFolders(): Promise<ReadonlySet<string>> {
    const { dir, filesDir } = this.settings.data;
    return new Set(await Promise.all([dir, filesDir].map((folder) => realpath(folder).catch(() => folder))));
  }

  /**
   * What is wrong with one item is that item's error.
   *
   * @param signal ends what may take long: asking other servers
   * @throws DomainError `shutting_down` where the signal has ended it
   */
  async read(progress: ImportProgress, item: ClaimedItem, signal: AbortSignal): Promise<ReadItem> {
    try {
      const read = isUrl(item.path) ? await this.fromUrl(progress, item, signal) : await this.fromDisk(progress, item);
      if (item.attempts > SUSPECT_AFTER) await this.mustSurvive(item, read.bytes);
      return read;
    } catch (error) {
      if (error instanceof DomainError) {
        if (isTroubleOfService(error)) throw error;
        return { itemId: item.id, error };
      }
      const problem = new DomainError('import_file_unreadable', `${item.path}: ${(error as Error).message}`, {
        cause: error,
      });
      return { itemId: item.id, error: problem };
    }
  }

  private async fromDisk(progress: ImportProgress, item: ClaimedItem): Promise<GoodItem> {
    await this.mustBeWithinRoots(item.path);
    // Asked again: what was listed may have been replaced, and a retry takes up what the listing refused.
    const found = await stat(item.path);
    if (!found.isFile()) throw new Error(NO_FILE);
    const { maxFileBytes } = this.settings.limits;
    if (found.size > maxFileBytes) {
      const detail = `${item.path} has ${formatBytes(found.size)}; at most ${formatBytes(maxFileBytes)} are allowed.`;
      throw new DomainError('image_too_large', detail);
    }
    const bytes = await readFile(item.path);
    return {
      itemId: item.id,
      bytes,
      source:
        item.externalId === undefined ? { kind: 'file', key: item.path } : { kind: 'external', key: item.externalId },
      ...(item.size !== null &&
        item.modifiedMs !== null && { stamp: { size: item.size, modifiedMs: item.modifiedMs } }),
      metadata: item.metadata,
      collection: progress.collection,
      referencePath: progress.reference ? item.path : null,
    };
  }

  private async fromUrl(progress: ImportProgress, item: ClaimedItem, signal: AbortSignal): Promise<GoodItem> {
    return {
      itemId: item.id,
      bytes: await this.fetch(item.path, signal),
      source: { kind: 'external', key: item.externalId ?? item.path },
      metadata: item.metadata,
      collection: progress.collection,
      referencePath: null,
    };
  }

  /** A process may have ended for any reason: only one that works on nothing but this image proves anything. */
  private async mustSurvive(item: ClaimedItem, bytes: Buffer): Promise<void> {
    if (item.attempts <= GIVE_UP_AFTER && (await this.trial.survives(bytes))) return;
    throw new DomainError('image_processing_crashed', `${item.path} was set aside.`);
  }

  private async fetch(url: string, signal: AbortSignal): Promise<Buffer> {
    try {
      for (let attempt = 1; ; attempt++) {
        try {
          return (await this.fetcher.fetch(url, signal)).bytes;
        } catch (error) {
          if (attempt > RETRIES || !(error instanceof ServerStumbled)) throw error;
          await sleep(attempt * RETRY_MS, undefined, { signal });
        }
      }
    } catch (error) {
      if (signal.aborted) throw new DomainError('shutting_down', 'The service is stopping.', { cause: error });
      throw error;
    }
  }

  /** A manifest's row or a link in a folder may lead anywhere; what counts is where the file really lies. */
  private async mustBeWithinRoots(file: string): Promise<void> {
    const { roots } = this.settings.imports;
    if (roots.length === 0) return;
    const real = await realpath(file);
    const allowed = await Promise.all(roots.map((root) => realpath(root).catch(() => root)));
    if (allowed.some((root) => real.startsWith(root.endsWith(path.sep) ? root : root + path.sep))) return;
    throw new DomainError('forbidden_path', `${file} lies outside LIKENESS_IMPORT_ROOTS.`);
  }
}
