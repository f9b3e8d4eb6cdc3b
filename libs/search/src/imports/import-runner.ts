import { Injectable, Logger } from '@nestjs/common';
import { setTimeout as sleep } from 'node:timers/promises';
import { Imports, JobQueue, type ClaimedItem, type ImportProgress, type NewItem } from '#libs/catalogue';
import { DomainError } from '#libs/errors';
import { StoreImages, type CandidateResult } from '../ingest/store-images.js';
import { Metrics } from '../service/metrics.js';
import { isTroubleOfService } from '../service/whose-fault.js';
import { groupByBytes } from '../memory/group-by-bytes.js';
import { MOST_HELD_BYTES } from '../memory/most-held.js';
import { IMPORT_QUEUE } from './import-images.js';
import { ItemReader } from './item-reader.js';
import { listFolder } from './list-folder.js';
import { isManifest, listManifest } from './list-manifest.js';
import { removeVanished } from './remove-vanished.js';

/** A job ends after this long and sends the next, so that none looks stuck and several imports take turns. */
const JOB_MS = 60_000;
/** Chunks worked on at once, so that one is decoded while another is stored. */
const LANES = 3;
const LIST_BATCH = 500;
const SETTLE_BATCH = 500;
const DROP_BATCH = 5_000;
const LOOK_FOR_ORPHANS_MS = 2_000;
const TROUBLE_PAUSE_MS = 3_000;

/** Does the work of imports, piece by piece. Several processes may run it at once. */
@Injectable()
export class ImportRunner {
  private readonly logger = new Logger('import');
  private readonly stopping = new AbortController();
  private readonly running = new Set<Promise<void>>();
  /** Imports this process works on, with how many jobs it has of each. */
  private readonly inHand = new Map<number, number>();
  private suspects: ReadonlySet<number> = new Set();
  /** When a job was sent for an import that was left; it may have to wait its turn. */
  private readonly sentAt = new Map<number, number>();
  private timer?: NodeJS.Timeout;
  private tidying?: Promise<void>;

  constructor(
    private readonly imports: Imports,
    private readonly jobs: JobQueue,
    private readonly storeImages: StoreImages,
    private readonly items: ItemReader,
    private readonly metrics: Metrics,
  ) {}

  /** Takes jobs from now on, and first of all sends one for every import that a stop has left unfinished. */
  async start(): Promise<void> {
    await this.jobs.work(IMPORT_QUEUE, async (data) => {
      const work = this.run((data as { importId: number }).importId);
      const ended = work.catch(() => undefined);
      this.running.add(ended);
      await work.finally(() => this.running.delete(ended));
    });
    for (const { id } of await this.imports.unfinished()) await this.jobs.send(IMPORT_QUEUE, { importId: id });
    this.timer = setInterval(() => void this.takeOver(), LOOK_FOR_ORPHANS_MS).unref();
  }

  /** Takes no new chunks; resolves when those in hand are stored, or given back where they wait for other servers. */
  async stop(): Promise<void> {
    clearInterval(this.timer);
    this.stopping.abort();
    await Promise.all(this.running);
    await this.tidying;
  }

  /** Lets go of the items of imports that were made again. What it does not come to is done when it is called again. */
  tidySoon(): void {
    this.tidying ??= this.tidy()
      .catch((error: unknown) => this.logger.debug(`will drop items later: ${String(error)}`))
      .finally(() => (this.tidying = undefined));
  }

  private async tidy(): Promise<void> {
    while (!this.stopped && (await this.imports.dropSuperseded(DROP_BATCH)));
  }

  private get stopped(): boolean {
    return this.stopping.signal.aborted;
  }

  /** The job of a process that died counts as running for a long time: what it worked on is taken up here. */
  private async takeOver(): Promise<void> {
    try {
      await this.imports.settleCancelled();
      const unattended = await this.imports.unattended();
      // Between two chunks nobody holds anything: only what is still so at the next look has been left.
      const orphans = unattended.filter(
        (id) =>
          this.suspects.has(id) && !this.inHand.has(id) && (this.sentAt.get(id) ?? -Infinity) < Date.now() - JOB_MS,
      );
      this.suspects = new Set(unattended);
      for (const id of orphans) {
        this.logger.log(`import ${id} was left by its process and goes on here`);
        this.sentAt.set(id, Date.now());
        await this.jobs.send(IMPORT_QUEUE, { importId: id });
      }
    } catch (error) {
      this.logger.debug(`cannot look for abandoned imports at the moment: ${String(error)}`);
    }
  }

  private async run(importId: number): Promise<void> {
    this.inHand.set(importId, (this.inHand.get(importId) ?? 0) + 1);
    try {
      await this.workOn(importId);
    } finally {
      const left = (this.inHand.get(importId) ?? 1) - 1;
      if (left > 0) this.inHand.set(importId, left);
      else this.inHand.delete(importId);
    }
  }

  private async workOn(importId: number): Promise<void> {
    const progress = await this.imports.find(importId);
    if (!progress || this.stopped) return;
    if (progress.status === 'listing' && !(await this.imports.workAlone(importId, () => this.list(progress)))) return;
    const deadline = Date.now() + JOB_MS;
    await Promise.all(Array.from({ length: LANES }, () => this.work(progress, deadline)));
    const complete = await this.finish(progress);
    if (!complete && Date.now() >= deadline && !this.stopped)
      await this.patiently(importId, () => this.jobs.send(IMPORT_QUEUE, { importId }));
  }

  /** @returns whether there is anything to work on */
  private async list(progress: ImportProgress): Promise<boolean> {
    const listing = await this.patiently(progress.id, () => this.imports.beginListing(progress.id));
    if (listing === null) return false;
    const { root } = progress;
    const source = isManifest(root) ? listManifest(root) : listFolder(root, await this.items.ownFolders());
    try {
      let batch: NewItem[] = [];
      for await (const item of source) {
        if (batch.push(item) < LIST_BATCH) continue;
        if (this.stopped || !(await this.add(progress.id, batch))) return false;
        batch = [];
      }
      if (!(await this.add(progress.id, batch))) return false;
    } catch (error) {
      const problem = DomainError.from(error);
      if (isTroubleOfService(problem)) throw problem;
      await this.patiently(progress.id, () => this.imports.setFailed(progress.id, problem.serialise()));
      return false;
    }
    await this.patiently(progress.id, () => this.imports.settleUnchanged(progress.id));
    return this.patiently(progress.id, () => this.imports.finishListing(progress.id, listing));
  }

  private add(importId: number, batch: readonly NewItem[]): Promise<boolean> {
    return this.patiently(importId, () => this.imports.addItems(importId, batch));
  }

  /**
   * Ends the import once every item is settled, where no other process does so already. Nothing but the end tells that all
   * of it was done: whoever goes on after a stop begins it again.
   *
   * @returns whether the import is done
   */
  private async finish({ id }: ImportProgress): Promise<boolean> {
    const now = await this.patiently(id, () => this.imports.find(id));
    if (now?.status !== 'running' || now.left > 0) return false;
    return this.patiently(id, () => this.imports.workAlone(id, () => this.end(now)));
  }

  /** @returns whether it came to its end here */
  private async end(progress: ImportProgress): Promise<boolean> {
    const { id } = progress;
    // A file that was moved keeps its image: the old source goes only now that its new place has been read.
    if (progress.removeVanished) {
      const remove = () => removeVanished(this.imports, progress, this.stopping.signal);
      if (!(await this.patiently(id, remove))) return false;
    }
    // Only now is it known which contents have no file any more, whatever has changed names with what.
    for (let after: number | null = 0; after !== null;) {
      if (this.stopped) return false;
      const from: number = after;
      after = await this.patiently(id, () => this.imports.settleLeft(id, from, SETTLE_BATCH));
    }
    return this.patiently(id, () => this.imports.finishIfComplete(id));
  }

  /** One lane: chunk after chunk until nothing is left or time is up. */
  private async work(progress: ImportProgress, deadline: number): Promise<void> {
    while (!this.stopped && Date.now() < deadline) {
      const items = await this.patiently(progress.id, () => this.imports.claim(progress.id, this.items.chunk));
      if (items.length === 0) return;
      for (const group of groupByBytes(items, MOST_HELD_BYTES)) {
        // A group from far away takes long: neither a stop nor another import waits for those that follow it.
        if (this.stopped || Date.now() >= deadline) await this.release(progress, group);
        else await this.chunk(progress, group);
      }
    }
  }

  private async chunk(progress: ImportProgress, items: readonly ClaimedItem[]): Promise<void> {
    if (items.length === 0) return;
    try {
      const read = await Promise.all(items.map((item) => this.items.read(progress, item, this.stopping.signal)));
      const good = read.filter((one) => 'bytes' in one);
      const results = await this.storeImages.store(good);
      const failures = read.filter((one) => 'error' in one);
      results.forEach((result, at) => {
        this.count(result);
        if (result.status === 'failed') failures.push({ itemId: good[at]?.itemId ?? -1, error: result.error });
      });
      await this.fail(progress, failures);
    } catch (error) {
      const problem = DomainError.from(error);
      if (isTroubleOfService(problem)) return this.giveBack(progress, items, problem);
      // Something in the batch cannot be stored. One bad item never stops the rest: find it.
      const [only] = items;
      if (only && items.length === 1) return this.fail(progress, [{ itemId: only.id, error: problem }]);
      for (const item of items) await this.chunk(progress, [item]);
    }
  }

  private async giveBack(progress: ImportProgress, items: readonly ClaimedItem[], problem: DomainError): Promise<void> {
    if (!this.stopped) await this.pause(progress.id, problem);
    await this.release(progress, items);
  }

  private release(progress: ImportProgress, items: readonly ClaimedItem[]): Promise<void> {
    return this.patiently(progress.id, () => this.imports.release(items.map((item) => item.id)));
  }

  private fail(progress: ImportProgress, failures: readonly { itemId: number; error: DomainError }[]): Promise<void> {
    const rows = failures.map(({ itemId, error }) => ({ itemId, error: error.serialise() }));
    return this.patiently(progress.id, () => this.imports.failItems(rows));
  }

  /**
   * Does a step of the catalogue again until it succeeds, while the catalogue is not there. Leases are held by this
   * process: if it gave up on them while it lives, nobody would take up the items.
   */
  private async patiently<T>(importId: number, step: () => Promise<T>): Promise<T> {
    for (;;) {
      try {
        return await step();
      } catch (error) {
        const problem = DomainError.from(error);
        if (this.stopped || !isTroubleOfService(problem)) throw problem;
        await this.pause(importId, problem);
      }
    }
  }

  private async pause(importId: number, problem: DomainError): Promise<void> {
    this.logger.warn(`import ${importId} goes on in ${TROUBLE_PAUSE_MS / 1000} s: ${problem.message}`);
    await sleep(TROUBLE_PAUSE_MS, undefined, { signal: this.stopping.signal }).catch(() => undefined);
  }

  private count(result: CandidateResult): void {
    if (result.status === 'stored') this.metrics.countIngest(result.stored.outcome);
    if (result.status === 'failed') this.metrics.countIngest('failed');
  }
}
