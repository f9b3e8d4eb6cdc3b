import { DomainError } from '#libs/errors';
import { createGraph, releaseGraph, type HnswLibrary } from '../hnsw-library.js';
import type { BlockLayout } from '../matrix/block-layout.js';
import { PartRows } from '../matrix/part-rows.js';
import type { Projection } from '../matrix/projection.js';
import type { GraphParameters } from '../storage/segment-header.js';

/** A part whose rows go into a new segment. */
export interface BuildSource {
  readonly memories: readonly WebAssembly.Memory[];
  readonly count: number;
}

/** Where each row of a new segment came from: index into the sources, and row there. */
export interface Origins {
  readonly source: Uint32Array;
  readonly row: Uint32Array;
}

const ADDS_AT_ONCE = 64;
const pause = () => new Promise<void>((resolve) => setImmediate(resolve));

/**
 * Copies every row that lives at `version` into fresh blocks, by ascending id.
 *
 * @param base source of which every row is taken, at the number it has; ids of the others come after its own
 */
export async function mergeRows(
  layout: BlockLayout,
  sources: readonly BuildSource[],
  version: number,
  base?: number,
): Promise<{ rows: PartRows; count: number; origins: Origins }> {
  const parts = sources.map((source) => new PartRows(layout, source.memories));
  const live: { id: number; source: number; row: number }[] = [];
  for (const [source, part] of parts.entries()) {
    for (let row = 0; row < (sources[source]?.count ?? 0); row++) {
      if (source === base || part.isLive(row, version)) live.push({ id: part.id(row), source, row });
    }
  }
  live.sort((a, b) => a.id - b.id);
  const memories = Array.from({ length: layout.blocksFor(live.length) }, () => layout.allocate());
  const rows = new PartRows(layout, memories);
  const origins = { source: new Uint32Array(live.length), row: new Uint32Array(live.length) };
  for (const [at, { id, source, row }] of live.entries()) {
    const part = parts[source];
    if (part) rows.write(at, id, part.vector(row));
    origins.source[at] = source;
    origins.row[at] = row;
    if (at % 4096 === 4095) await pause();
  }
  return { rows, count: live.length, origins };
}

/** A graph over rows 0 … count − 1, labels being row numbers. */
export interface GraphPlan {
  readonly rows: PartRows;
  readonly count: number;
  readonly parameters: GraphParameters;
  /** Where the graph is over short vectors. */
  readonly projection: Projection | null;
  /** A graph over the first `count` of the rows, to go on with. */
  readonly base: { readonly file: string; readonly count: number } | null;
}

/**
 * Builds a graph and writes it. hnswlib's writer ignores errors: the caller must read the file again.
 */
export async function writeGraph(
  library: HnswLibrary,
  { rows, count, parameters, projection, base }: GraphPlan,
  file: string,
  isEnding: () => boolean,
): Promise<void> {
  const graph = createGraph(library, projection?.components ?? rows.layout.dimension);
  const { m, efConstruction } = parameters;
  if (base) {
    graph.readIndexSync(base.file);
    graph.resizeIndex(count);
  } else graph.initIndex({ maxElements: count, m, efConstruction });
  for (let row = base?.count ?? 0; row < count; row++) {
    const vector = rows.vector(row);
    graph.addPoint(projection ? projection.apply(vector) : Array.from(vector), row);
    if (row % ADDS_AT_ONCE === ADDS_AT_ONCE - 1) await pause();
    if (isEnding()) throw new DomainError('shutting_down', 'the build was stopped');
  }
  graph.writeIndexSync(file);
  releaseGraph(graph);
}
