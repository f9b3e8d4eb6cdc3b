import { SegmentedVectorIndex, type SegmentedOptions } from './segmented-vector-index.js';

/**
 * Exact search: every query scans all rows that match. Needs no native library, is what others are measured against,
 * and keeps a snapshot as the HNSW index does.
 */
export class ExactVectorIndex extends SegmentedVectorIndex {
  constructor(options: SegmentedOptions) {
    super(options, null);
  }
}
