import { Injectable } from '@nestjs/common';
import { CatalogueLifecycle } from '#libs/catalogue';
import { VectorIndexReader } from '#libs/vector-index';
import { ActiveEncoder } from './active-encoder.js';
import { ServiceNotes } from './service-notes.js';

export interface Readiness {
  readonly ready: boolean;
  readonly parts: {
    readonly database: 'up' | 'down';
    readonly encoder: 'up' | 'down';
    readonly index: 'up' | 'loading';
  };
  /** What a person should know although the service works. */
  readonly notes: readonly string[];
}

/** Use case: can requests be answered at this moment? */
@Injectable()
export class CheckReadiness {
  constructor(
    private readonly catalogue: CatalogueLifecycle,
    private readonly active: ActiveEncoder,
    private readonly index: VectorIndexReader,
    private readonly notes: ServiceNotes,
  ) {}

  async readiness(): Promise<Readiness> {
    const notes = this.notes.all();
    const database = await this.catalogue.ping().then(
      () => 'up' as const,
      () => 'down' as const,
    );
    const encoder = this.active.isActive ? 'up' : 'down';
    const index = await this.index.vectorsOf([]).then(
      () => 'up' as const,
      () => 'loading' as const,
    );
    const ready = database === 'up' && encoder === 'up' && index === 'up';
    return { ready, parts: { database, encoder, index }, notes: await notes };
  }
}
