import { Injectable, Logger } from '@nestjs/common';
import { CatalogueLifecycle } from '#libs/catalogue';
import { Settings } from '#libs/config';
import { LiveSpaces } from '../spaces/live-spaces.js';
import { indexNotes, spaceNotes } from '../spaces/space-notes.js';
import { BackgroundWork } from './background-work.js';
import { StartingParts } from './starting-parts.js';

/** Brings the service up in order and down in the reverse one. */
@Injectable()
export class ServiceLifecycle {
  private readonly logger = new Logger('service');
  private undo: (() => Promise<void>)[] = [];

  constructor(
    private readonly catalogue: CatalogueLifecycle,
    private readonly starting: StartingParts,
    private readonly live: LiveSpaces,
    private readonly background: BackgroundWork,
    private readonly settings: Settings,
  ) {}

  /** Resolves when searches can be answered. When it fails, what was started is stopped again. */
  async start(): Promise<void> {
    try {
      await this.catalogue.start();
      this.undo.push(() => this.catalogue.stop());
      await this.startEncoder();
      this.undo.push(() => this.live.stop());
      this.logger.log(`index: ${await this.live.start()}; at change ${this.live.active.follower.position}`);
      // Also where it is not started: `verify` may have had it mend something.
      this.undo.push(() => this.background.stop());
      if (this.settings.imports.runJobs) await this.background.start();
    } catch (error) {
      await this.stop();
      throw error;
    }
  }

  async stop(): Promise<void> {
    for (let step = this.undo.pop(); step; step = this.undo.pop()) {
      await step().catch((error: unknown) => this.logger.warn(`while stopping: ${String(error)}`));
    }
  }

  private async startEncoder(): Promise<void> {
    const { choose, encoders, known, loaded, notes } = this.starting;
    this.undo.push(() => encoders.closeAll());
    const { encoderId, tap } = await choose.choose();
    this.undo.push(() => known.stop());
    await known.start();
    notes.follow(() => spaceNotes(known.state, (id) => loaded.has(id), this.settings.encoder));
    notes.follow(() => loaded.notes());
    notes.follow(() => (this.live.trouble === null ? [] : [this.live.trouble]));
    notes.follow(() => indexNotes(this.live.all()));
    const { name, engine, device } = loaded.get(encoderId).info;
    this.logger.log(`encoder: ${name}/${tap}, ${engine} on ${device}`);
  }
}
