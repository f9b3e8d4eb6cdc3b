import type { IndexIdentity } from '../vector-index.js';

/** How graphs are built; part of a snapshot's identity, `null` for the exact index, which has none. */
export interface GraphParameters {
  readonly m: number;
  readonly efConstruction: number;
  /** Components of the short vectors the graph is built over, re-ranked by the whole ones; 0: it is built over the whole ones. */
  readonly compact: number;
}

export interface SegmentFile {
  readonly name: string;
  readonly bytes: number;
  readonly sha256: string;
}

/** Contents of `<name>.json`: what the other files of the segment are, so that none is ever taken for another. */
export interface SegmentHeader {
  readonly format: 1;
  readonly name: string;
  readonly fingerprint: string;
  readonly tap: string;
  readonly dimension: number;
  /** Inner product of unit vectors. */
  readonly metric: 'cosine';
  readonly graphParameters: GraphParameters | null;
  readonly count: number;
  /** Float64 ids, ascending, little-endian. */
  readonly ids: SegmentFile;
  /** Float32 rows of `dimension` components in order of the ids, little-endian. */
  readonly vectors: SegmentFile;
  readonly graph: SegmentFile | null;
  /** Float32 axes that made the graph's short vectors, `compact` of them; `null` where the graph is over the whole ones. */
  readonly projection: SegmentFile | null;
}

export const segmentFiles = (header: SegmentHeader): SegmentFile[] =>
  [header.ids, header.vectors, header.graph, header.projection].filter((file) => file !== null);

/** Names of all files of a segment. */
export const namesOf = (header: SegmentHeader): string[] => [
  `${header.name}.json`,
  ...segmentFiles(header).map((file) => file.name),
];

/** Why a segment does not belong to this index, or `null` when it does. */
export function segmentMismatch(
  header: SegmentHeader,
  identity: IndexIdentity,
  parameters: GraphParameters | null,
): string | null {
  if (header.format !== 1) return 'is of another format';
  if (header.fingerprint !== identity.fingerprint) return 'belongs to another encoder';
  if (header.tap !== identity.tap) return 'belongs to another tap';
  if (header.dimension !== identity.dimension || header.metric !== 'cosine') return 'holds vectors of another space';
  return sameParameters(header.graphParameters, parameters) ? null : 'was built with other parameters';
}

export const sameParameters = (a: GraphParameters | null, b: GraphParameters | null): boolean =>
  a?.m === b?.m && a?.efConstruction === b?.efConstruction && a?.compact === b?.compact;
