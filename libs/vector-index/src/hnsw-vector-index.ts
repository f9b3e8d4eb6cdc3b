import { SegmentedVectorIndex, type SegmentedOptions } from './segmented-vector-index.js';
import type { GraphParameters } from './storage/segment-header.js';

/**
 * Approximate search by HNSW graphs (Malkov and Yashunin 2016) of hnswlib-node, one for each sealed segment; new
 * rows and small selections are scanned exactly.
 */
export class HnswVectorIndex extends SegmentedVectorIndex {
  constructor(options: SegmentedOptions & Omit<GraphParameters, 'compact'> & { compact?: number }) {
    const { m, efConstruction, compact = 0 } = options;
    super(options, { m, efConstruction, compact });
  }
}
