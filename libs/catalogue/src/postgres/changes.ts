/** An embedding that was written or is about to be deleted. */
export interface ChangedEmbedding {
  readonly encoder_id: number;
  readonly tap: string;
  readonly image_id: number;
}

/** What a transaction has changed and will append to the change log as its last step. */
export class Changes {
  readonly embeddings: ChangedEmbedding[] = [];
  /** Images that were there before and of which the record is another now. */
  readonly records = new Set<number>();

  addEmbeddings(changed: readonly ChangedEmbedding[]): void {
    for (const one of changed) this.embeddings.push(one);
  }

  addRecords(ids: Iterable<number>): void {
    for (const id of ids) this.records.add(id);
  }

  /** Every image that is spoken of. */
  images(): Set<number> {
    return new Set([...this.records, ...this.embeddings.map((changed) => changed.image_id)]);
  }
}
