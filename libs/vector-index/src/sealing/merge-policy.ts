/** A segment grown past this is left alone, so that no build takes for ever; larger indexes have several. */
export const LARGEST_SEGMENT = 250_000;
const DELETED_SHARE = 0.2;
/** Every query walks every graph, so with nothing else to do segments are made one once it removes this share of the rows from a graph of their own. */
const IDLE_SHARE = 0.2;
/** The same where the largest graph can be gone on with: that costs a copy of its files, and adding the other rows. */
const EXTEND_SHARE = 0.05;

export interface SegmentSize {
  /** Rows, with deleted ones. */
  readonly count: number;
  readonly deleted: number;
  readonly hasGraph: boolean;
  /** Smallest and largest id. */
  readonly firstId: number;
  readonly lastId: number;
}

const live = (segment: SegmentSize): number => segment.count - segment.deleted;
const isWorn = (segment: SegmentSize): boolean => segment.deleted > segment.count * DELETED_SHARE;

/**
 * Which segments to build into one together with `fresh` tails: smallest first, every segment at most twice as large as
 * what is gathered so far, or such that its graph can be gone on with. Sizes of the segments that remain so grow by a
 * factor: there are at most about log₃(n / seal) of them and a row is rewritten as often (the logarithmic method of
 * Bentley and Saxe). Segments of which more than a fifth is deleted are rebuilt at any rate; several at once when
 * together they fit into one.
 */
export function chooseMerge<S extends SegmentSize>(fresh: readonly S[], segments: readonly S[]): S[] {
  const chosen: S[] = [];
  let gathered = total(fresh);
  for (const segment of [...segments].sort((a, b) => live(a) - live(b))) {
    const fits = gathered + live(segment) <= LARGEST_SEGMENT;
    const takes =
      gathered > 0 &&
      fits &&
      (live(segment) <= 2 * gathered ||
        (gathered >= EXTEND_SHARE * live(segment) && chooseBase([...fresh, ...chosen, segment]) === segment));
    if (takes || (isWorn(segment) && (fits || gathered === 0))) {
      chosen.push(segment);
      gathered += live(segment);
    }
  }
  return fresh.length === 0 && chosen.length === 0 ? mergeIdle(segments) : chosen;
}

/**
 * The one whose graph can be gone on with, so that only the rows of the others are added to it: labels of a graph are row
 * numbers, and rows are in the order of ids, so all others' ids must come after its own. Its deleted rows stay.
 */
export function chooseBase<S extends SegmentSize>(sources: readonly S[]): S | undefined {
  const [largest] = sources.filter(({ hasGraph }) => hasGraph).sort((a, b) => live(b) - live(a));
  if (!largest || isWorn(largest)) return undefined;
  const later = sources.every((other) => other === largest || other.firstId > largest.lastId);
  return later ? largest : undefined;
}

/**
 * The first of the former tails that wait, as many as fit into one segment: however much was loaded at once, no build
 * takes longer, or more memory, than one of the largest segment.
 */
export function takeWaiting<S extends SegmentSize>(waiting: readonly S[]): S[] {
  let gathered = 0;
  const end = waiting.findIndex((tail) => (gathered += live(tail)) > LARGEST_SEGMENT);
  return end < 0 ? [...waiting] : waiting.slice(0, Math.max(1, end));
}

/** All segments as one where that is small enough and worth it: then a row is rewritten once per growth by that share. */
function mergeIdle<S extends SegmentSize>(segments: readonly S[]): S[] {
  const rows = total(segments);
  const beside = rows - Math.max(0, ...segments.map(live));
  const share = chooseBase(segments) ? EXTEND_SHARE : IDLE_SHARE;
  return rows <= LARGEST_SEGMENT && beside >= share * rows && beside > 0 ? [...segments] : [];
}

const total = (segments: readonly SegmentSize[]): number => segments.reduce((sum, segment) => sum + live(segment), 0);
