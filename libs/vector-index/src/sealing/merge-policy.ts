/** A segment grown past this is left alone, so that no build takes for ever; larger indexes have several. */
export const LARGEST_SEGMENT = 250_000;
const DELETED_SHARE = 0.2;
/** Every query walks every graph, so with nothing else to do segments are made one once it removes this share of the rows from a graph of their own. */
const IDLE_SHARE = 0.2;

export interface SegmentSize {
  /** Rows, with deleted ones. */
  readonly count: number;
  readonly deleted: number;
}

const live = (segment: SegmentSize): number => segment.count - segment.deleted;
const isWorn = (segment: SegmentSize): boolean => segment.deleted > segment.count * DELETED_SHARE;

/**
 * Which segments to build anew together with `fresh` rows that have none yet: smallest first, every segment at most
 * twice as large as what is gathered so far. Sizes of the segments that remain so grow by a factor: there are
 * about log₃(n / seal) of them and a row is rewritten as often (the logarithmic method of Bentley and Saxe). Segments
 * of which more than a fifth is deleted are rebuilt at any rate; several at once when together they fit into one.
 */
export function chooseMerge<S extends SegmentSize>(fresh: number, segments: readonly S[]): S[] {
  const chosen: S[] = [];
  let gathered = fresh;
  for (const segment of [...segments].sort((a, b) => live(a) - live(b))) {
    const fits = gathered + live(segment) <= LARGEST_SEGMENT;
    const takes = gathered > 0 && fits && live(segment) <= 2 * gathered;
    if (takes || (isWorn(segment) && (fits || gathered === 0))) {
      chosen.push(segment);
      gathered += live(segment);
    }
  }
  return fresh === 0 && chosen.length === 0 ? mergeIdle(segments) : chosen;
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

/** All segments as one where that is small enough and worth it: then a row is rewritten once per growth by a fifth. */
function mergeIdle<S extends SegmentSize>(segments: readonly S[]): S[] {
  const sizes = segments.map(live);
  const total = sizes.reduce((sum, size) => sum + size, 0);
  const beside = total - Math.max(0, ...sizes);
  return total <= LARGEST_SEGMENT && beside >= IDLE_SHARE * total && beside > 0 ? [...segments] : [];
}
