import { Injectable } from '@nestjs/common';
import { stat } from 'node:fs/promises';
import { z } from 'zod';
import {
  collectionName,
  fitsKey,
  Imports,
  JobQueue,
  KEY_LENGTH,
  type ImportItemRecord,
  type ImportProgress,
  type ItemStatus,
} from '#libs/catalogue';
import { DomainError, parseRequest } from '#libs/errors';
import { watchState } from '../service/watch-state.js';
import { isManifest } from './list-manifest.js';

/** Queue on which an import's work is sent, piece by piece. */
export const IMPORT_QUEUE = 'import';
const WATCH_MS = 250;

const namesSchema = z.object({ collection: collectionName.optional() });

export interface ImportStart {
  /** Absolute path of a folder or of a manifest. */
  readonly path: string;
  readonly collection?: string;
  readonly reference?: boolean;
  readonly removeVanished?: boolean;
}

/** Use cases on imports; the work itself is done by `ImportRunner` in jobs. */
@Injectable()
export class ImportImages {
  constructor(
    private readonly imports: Imports,
    private readonly jobs: JobQueue,
  ) {}

  /** Returns as soon as the import is recorded. @throws DomainError `import_source_unreadable`, `invalid_request` */
  async start(request: ImportStart): Promise<ImportProgress> {
    if (!fitsKey(request.path)) {
      const received = `${Buffer.byteLength(request.path)} bytes`;
      throw new DomainError('invalid_request', `Expected ${KEY_LENGTH} for path but received ${received}.`, {
        fields: [{ path: 'path', expected: KEY_LENGTH, received }],
      });
    }
    const { collection } = parseRequest(namesSchema, request, 'import');
    const found = await stat(request.path).catch((error: Error) => {
      throw new DomainError('import_source_unreadable', `${request.path} cannot be read: ${error.message}`, {
        cause: error,
      });
    });
    if (!found.isDirectory() && !(found.isFile() && isManifest(request.path))) {
      throw new DomainError(
        'import_source_unreadable',
        `${request.path} is neither a folder nor a manifest (.csv, .ndjson, .jsonl).`,
      );
    }
    if (request.removeVanished === true && !found.isDirectory()) {
      throw new DomainError('invalid_request', 'Vanished files can be removed for a folder only.', {
        fields: [{ path: 'removeVanished', expected: 'false for a manifest', received: 'true' }],
      });
    }
    const { id } = await this.imports.create({
      root: request.path,
      ...(collection !== undefined && { collection }),
      reference: request.reference ?? false,
      removeVanished: request.removeVanished ?? false,
    });
    await this.jobs.send(IMPORT_QUEUE, { importId: id });
    return this.get(id);
  }

  /** @throws DomainError `import_not_found` */
  async get(id: number): Promise<ImportProgress> {
    return found(id, await this.imports.find(id));
  }

  /** Newest first; of one folder or manifest where `root` names it. */
  list(limit = 50, root?: string): Promise<ImportProgress[]> {
    return this.imports.list(limit, root);
  }

  /** Files of unfinished imports that are still to be taken in. */
  left(): Promise<number> {
    return this.imports.leftCount();
  }

  async items(
    id: number,
    query: { status?: ItemStatus; cursor?: number; limit?: number },
  ): Promise<{ items: ImportItemRecord[]; nextCursor: number | null }> {
    await this.get(id);
    return this.imports.items(id, { ...query, limit: query.limit ?? 100 });
  }

  /** What is being worked on at this moment is still finished; what is done stays. */
  async cancel(id: number): Promise<ImportProgress> {
    return found(id, await this.imports.cancel(id));
  }

  /**
   * Takes up failed and cancelled items again, and the listing where it did not come to its end or could not read a folder.
   *
   * @throws DomainError `import_state_conflict` when there is nothing to take up
   */
  async retry(id: number): Promise<ImportProgress> {
    await this.get(id);
    if (!(await this.imports.retryFailed(id))) {
      const detail =
        `Import ${id} has nothing that can be tried again. Rows of a manifest are read anew when it is imported again; ` +
        'of what was imported again, the later import tells and tries what failed.';
      throw new DomainError('import_state_conflict', detail);
    }
    await this.jobs.send(IMPORT_QUEUE, { importId: id });
    return this.get(id);
  }

  /** The import's progress whenever it has changed, about four times a second at most; ends after its final state. */
  watch(id: number, signal?: AbortSignal): AsyncGenerator<ImportProgress> {
    return watchState({
      look: () => this.get(id),
      goesOn: ({ status }) => status === 'listing' || status === 'running',
      everyMs: WATCH_MS,
      signal,
    });
  }
}

function found(id: number, progress: ImportProgress | null): ImportProgress {
  if (progress) return progress;
  throw new DomainError('import_not_found', `There is no import ${id}.`);
}
