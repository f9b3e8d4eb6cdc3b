import { Injectable } from '@nestjs/common';
import { Labels, type LabelEvent } from '#libs/catalogue';
import { ManageClassifiers } from './manage-classifiers.js';

/** An example about which statements have disagreed, and all that was said of it, oldest first. */
export interface LabelConflict {
  readonly exampleId: number;
  readonly imageId: number | null;
  readonly events: readonly LabelEvent[];
}

/** Use case: who said what, and where did they disagree? */
@Injectable()
export class LabelHistory {
  constructor(
    private readonly classifiers: ManageClassifiers,
    private readonly labels: Labels,
  ) {}

  /** Newest first. */
  async events(
    key: string,
    query: { exampleId?: number; imageId?: number; before?: number; limit: number },
  ): Promise<{ events: LabelEvent[]; next: number | null }> {
    const { id } = await this.classifiers.get(key);
    return this.labels.history(id, query);
  }

  /** Newest first. */
  async conflicts(key: string, limit: number): Promise<LabelConflict[]> {
    const { id } = await this.classifiers.get(key);
    const byExample = new Map<number, LabelEvent[]>();
    for (const event of await this.labels.disagreements(id, limit)) {
      byExample.set(event.exampleId, [...(byExample.get(event.exampleId) ?? []), event]);
    }
    return [...byExample].map(([exampleId, events]) => ({ exampleId, imageId: events[0]?.imageId ?? null, events }));
  }
}
