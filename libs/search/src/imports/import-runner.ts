import { Injectable, Logger } from '@nestjs/common';
import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { Imports, JobQueue, type ClaimedItem, type ImportProgress, type NewItem } from '#libs/catalogue';
import { Settings } from '#libs/config';
import { DomainError } from '#libs/errors';
import { StoreImages, type Candidate, type CandidateResult } from '../ingest/store-images.js';
import { Metrics } from '../service/metrics.js';
import { IMPORT_QUEUE } from './import-images.js';
import { listFolder } from './list-folder.js';
import { isManifest, listManifest } from './list-manifest.js';

/** A job ends after this long and sends the next, so that none looks stuck and several imports take turns. */
const JOB_MS = 60_000;
/** Chunks worked on at once, so that one is decoded while another is stored. */
const LANES = 2;
const LIST_BATCH = 500;
/** After so many claims an item is suspected of crashing the process and worked on alone … */
const SUSPECT_AFTER = 3;
/** … and after so many claims alone, given up. */
const GIVE_UP_ALONE_AFTER = 3;
const TROUBLE_PAUSE_MS = 3_000;

/** Does the work of imports, piece by piece. Several processes may run it at once. */
@Injectable()
export class ImportRunner {
  private readonly logger = new Logger('import');
  private stopping = false;

  constructor(
    private readonly imports: Imports,
    private readonly jobs: JobQueue,
    private readonly storeImages: StoreImages,
    private readonly settings: Settings,
    private readonly metrics: Metrics,
  ) {}

  /** Takes jobs from now on, and first of all sends one for every import that a stop has left unfinished. */
  async start(): Promise<void> {
    await this.jobs.work(IMPORT_QUEUE, (data) => this.run((data as { importId: number }).importId));
    for (const { id } of await this.imports.unfinished()) await this.jobs.send(IMPORT_QUEUE, { importId: id });
  }

  /** Lets running chunks finish and takes no new ones. */
  stop(): void {
    this.stopping = true;
  }

  private async run(importId: number): Promise<void> {
    const progress = await this.imports.find(importId);
    if (!progress || this.stopping) return;
    if (progress.status === 'listing' && !(await this.list(progress))) return;
    const deadline = Date.now() + JOB_MS;
    await Promise.all(Array.from({ length: LANES }, () => this.work(progress, deadline)));
    if (!(await this.imports.finishIfComplete(importId)) && Date.now() >= deadline && !this.stopping) {
      await this.jobs.send(IMPORT_QUEUE, { importId });
    }
  }

  /** @returns whether there is anything to work on */
  private async list(progress: ImportProgress): Promise<boolean> {
    const source = isManifest(progress.root) ? listManifest(progress.root) : listFolder(progress.root);
    try {
      let batch: NewItem[] = [];
      for await (const item of source) {
        if (batch.push(item) < LIST_BATCH) continue;
        if (this.stopping) return false;
        await this.imports.addItems(progress.id, batch);
        batch = [];
      }
      await this.imports.addItems(progress.id, batch);
    } catch (error) {
      const problem = DomainError.from(error);
      if (problem.code !== 'import_source_unreadable' && problem.code !== 'manifest_invalid') throw problem;
      await this.imports.setFailed(progress.id, problem.serialise());
      return false;
    }
    await this.imports.settleUnchanged(progress.id);
    await this.imports.finishListing(progress.id);
    return true;
  }

  /** One lane: chunk after chunk until nothing is left or time is up. */
  private async work(progress: ImportProgress, deadline: number): Promise<void> {
    while (!this.stopping && Date.now() < deadline) {
      const items = await this.imports.claim(progress.id, this.settings.imports.chunk);
      if (items.length === 0) return;
      const suspects = items.filter((item) => item.attempts > SUSPECT_AFTER);
      await this.chunk(
        progress,
        items.filter((item) => item.attempts <= SUSPECT_AFTER),
      );
      for (const item of suspects) await this.alone(progress, item);
    }
  }

  /** An item that was in hand each time the process died is taken up with nothing beside it. */
  private async alone(progress: ImportProgress, item: ClaimedItem): Promise<void> {
    if ((await this.imports.beginAlone(item.id)) <= GIVE_UP_ALONE_AFTER) return this.chunk(progress, [item]);
    const error = new DomainError('image_processing_crashed', `${item.path} was set aside.`);
    await this.imports.failItems([{ itemId: item.id, error: error.serialise() }]);
  }

  private async chunk(progress: ImportProgress, items: readonly ClaimedItem[]): Promise<void> {
    if (items.length === 0) return;
    try {
      const read = await Promise.all(items.map((item) => this.read(progress, item)));
      const good = read.filter((one) => 'bytes' in one);
      const results = await this.storeImages.store(good);
      const failures = read.filter((one) => 'error' in one);
      results.forEach((result, at) => {
        this.count(result);
        if (result.status === 'failed') failures.push({ itemId: good[at]?.itemId ?? -1, error: result.error });
      });
      await this.imports.failItems(failures.map(({ itemId, error }) => ({ itemId, error: error.serialise() })));
    } catch (error) {
      const problem = DomainError.from(error);
      this.logger.warn(`import ${progress.id} goes on in ${TROUBLE_PAUSE_MS / 1000} s: ${problem.message}`);
      await sleep(TROUBLE_PAUSE_MS, undefined, { ref: false });
      await this.imports.release(items.map((item) => item.id));
    }
  }

  private async read(
    progress: ImportProgress,
    item: ClaimedItem,
  ): Promise<(Candidate & { itemId: number }) | { itemId: number; error: DomainError }> {
    const { maxFileBytes } = this.settings.limits;
    if (item.size !== null && item.size > maxFileBytes) {
      return {
        itemId: item.id,
        error: new DomainError(
          'image_too_large',
          `${item.path} has ${item.size} bytes; at most ${maxFileBytes} are accepted.`,
        ),
      };
    }
    try {
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
    } catch (error) {
      const problem = new DomainError('import_file_unreadable', `${item.path}: ${(error as Error).message}`, {
        cause: error,
      });
      return { itemId: item.id, error: problem };
    }
  }

  private count(result: CandidateResult): void {
    if (result.status === 'stored') this.metrics.countIngest(result.stored.outcome);
    if (result.status === 'failed') this.metrics.countIngest('failed');
  }
}
