import { readFile, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { DomainError } from '#libs/errors';
import { createGraph, type HnswLibrary } from '../hnsw-library.js';
import type { BlockLayout } from '../matrix/block-layout.js';
import { PartRows } from '../matrix/part-rows.js';
import { Projection, projectionOf } from '../matrix/projection.js';
import { RunningCalls } from '../running-calls.js';
import { digestFile, replaceFile, storageError, syncFile, syncFolder, writeSynced } from '../storage/durable-file.js';
import { segmentFiles, type GraphParameters, type SegmentFile, type SegmentHeader } from '../storage/segment-header.js';
import type { IndexDamage } from '../vector-index.js';
import { principalAxes } from './principal-axes.js';
import { mergeRows, writeGraph, type BuildSource, type GraphPlan, type Origins } from './segment-build.js';

export interface BuildOrder {
  readonly name: string;
  readonly fingerprint: string;
  readonly tap: string;
  readonly graphParameters: GraphParameters | null;
  readonly sources: readonly BuildSource[];
  /** Rows that were deleted at this version stay behind. */
  readonly version: number;
  /** The source whose graph is gone on with, and the name of that graph's file. All its rows are kept, deleted ones too. */
  readonly base: { readonly source: number; readonly graphFile: string } | null;
}

export interface BuiltSegment {
  readonly header: SegmentHeader;
  readonly memories: readonly WebAssembly.Memory[];
  readonly origins: Origins;
}

/** What the building thread does: makes segments, reads them back, checks them. */
export class Sealer {
  private readonly calls = new RunningCalls();

  constructor(
    private readonly layout: BlockLayout,
    private readonly folder: string,
    private readonly loadLibrary: () => HnswLibrary,
  ) {}

  /** Merges the live rows of the sources into one segment on disk. @returns `null` when nothing lives */
  build(order: BuildOrder): Promise<BuiltSegment | null> {
    return this.calls.run(() => this.buildOrExplain(order));
  }

  /** Stops a build that runs; the thread may be ended when this returns. */
  end(): Promise<void> {
    return this.calls.end();
  }

  private async buildOrExplain(order: BuildOrder): Promise<BuiltSegment | null> {
    try {
      return await this.buildFiles(order);
    } catch (error) {
      throw storageError(error, this.folder);
    }
  }

  private async buildFiles(order: BuildOrder): Promise<BuiltSegment | null> {
    const { rows, count, origins } = await mergeRows(this.layout, order.sources, order.version, order.base?.source);
    if (count === 0) return null;
    const { name, graphParameters } = order;
    const base = order.base && {
      file: path.join(this.folder, order.base.graphFile),
      count: order.sources[order.base.source]?.count ?? 0,
    };
    const ids = await this.write(`${name}.ids`, idPieces(rows, count));
    const vectors = await this.write(`${name}.vectors`, vectorPieces(rows, count));
    const projection = await this.projectionFor(order, rows, count);
    const axes = projection && (await this.write(`${name}.projection`, [projection.bytes()]));
    const graph =
      graphParameters &&
      (await this.writeGraph(`${name}.graph`, { rows, count, parameters: graphParameters, projection, base }));
    const { fingerprint, tap } = order;
    const { dimension } = this.layout;
    const what = { fingerprint, tap, dimension, metric: 'cosine', graphParameters, count } as const;
    const header: SegmentHeader = { format: 1, name, ...what, ids, vectors, graph, projection: axes };
    await replaceFile(path.join(this.folder, `${name}.json`), JSON.stringify(header, null, 2));
    return { header, memories: rows.memories, origins };
  }

  /** A graph that goes on with another's keeps its axes; a new one gets its own. */
  private async projectionFor(order: BuildOrder, rows: PartRows, count: number): Promise<Projection | null> {
    const compact = order.graphParameters?.compact ?? 0;
    const { dimension } = this.layout;
    if (compact === 0 || compact >= dimension) return null;
    if (!order.base) return principalAxes(rows, count, compact);
    const file = path.join(this.folder, projectionOf(order.base.graphFile));
    return Projection.parse(await readFile(file), dimension);
  }

  /** Reads a segment's rows, comparing checksums of every file. @throws DomainError `index_corrupt` */
  load(header: SegmentHeader): Promise<readonly WebAssembly.Memory[]> {
    return this.calls.run(() => this.read(header));
  }

  private async read(header: SegmentHeader): Promise<readonly WebAssembly.Memory[]> {
    const memories = Array.from({ length: this.layout.blocksFor(header.count) }, () => this.layout.allocate());
    const rows = new PartRows(this.layout, memories);
    const { dimension } = this.layout;
    await this.verify(header.ids, header.count * 8, (piece, at) => {
      const ids = new Float64Array(piece.buffer, piece.byteOffset, piece.length >> 3);
      for (const [i, id] of ids.entries()) rows.setId(at / 8 + i, id);
    });
    await this.verify(header.vectors, header.count * dimension * 4, (piece, at) => {
      const components = new Float32Array(piece.buffer, piece.byteOffset, piece.length >> 2);
      for (let done = 0; done < components.length;) {
        const position = at / 4 + done;
        const from = position % dimension;
        const length = Math.min(dimension - from, components.length - done);
        rows.vector(Math.floor(position / dimension)).set(components.subarray(done, done + length), from);
        done += length;
      }
    });
    for (const file of [header.graph, header.projection]) if (file) await this.verify(file, file.bytes);
    return memories;
  }

  /** Reads every file of the segments again. */
  damage(headers: readonly SegmentHeader[]): Promise<IndexDamage[]> {
    return this.calls.run(() => this.check(headers));
  }

  private async check(headers: readonly SegmentHeader[]): Promise<IndexDamage[]> {
    const found: IndexDamage[] = [];
    for (const file of headers.flatMap(segmentFiles)) {
      try {
        await this.verify(file, file.bytes);
      } catch (error) {
        found.push({ file: file.name, reason: DomainError.from(error).message });
      }
    }
    return found;
  }

  private async verify(
    file: SegmentFile,
    expected: number,
    onPiece?: (piece: Uint8Array, at: number) => void,
  ): Promise<void> {
    let held = 0;
    const found = await digestFile(path.join(this.folder, file.name), (piece, at) => {
      held += piece.length;
      if (held <= expected) onPiece?.(piece, at);
    });
    if (found.bytes !== expected) {
      throw new DomainError('index_corrupt', `${file.name} has ${found.bytes} bytes instead of ${expected}`);
    }
    if (found.sha256 !== file.sha256)
      throw new DomainError('index_corrupt', `${file.name} does not match its checksum`);
  }

  private async write(name: string, pieces: Iterable<Uint8Array>): Promise<SegmentFile> {
    const file = path.join(this.folder, name);
    const written = await writeSynced(`${file}.tmp`, pieces);
    await rename(`${file}.tmp`, file);
    return { name, ...written };
  }

  private async writeGraph(name: string, plan: GraphPlan): Promise<SegmentFile> {
    const file = path.join(this.folder, name);
    const library = this.loadLibrary();
    const { count } = plan;
    await writeGraph(library, plan, `${file}.tmp`, () => this.calls.isEnding);
    try {
      await syncFile(`${file}.tmp`);
      // The library's writer tells of no error, its reader does: a file cut short by a full disk shows here.
      const trial = createGraph(library, plan.projection?.components ?? this.layout.dimension);
      trial.readIndexSync(`${file}.tmp`);
      if (trial.getCurrentCount() !== count) throw new Error(`holds ${trial.getCurrentCount()} of ${count} vectors`);
    } catch (error) {
      await rm(`${file}.tmp`, { force: true });
      const reason = error instanceof Error ? error.message : String(error);
      throw new DomainError('storage_full', `the graph file ${name} was not written whole: ${reason}`, {
        cause: error,
      });
    }
    const digest = await digestFile(`${file}.tmp`);
    await rename(`${file}.tmp`, file);
    await syncFolder(this.folder);
    return { name, ...digest };
  }
}

function* idPieces(rows: PartRows, count: number): Generator<Uint8Array> {
  for (const [index, block] of rows.blocks.entries()) {
    const ids = block.ids.subarray(0, rows.rowsIn(index, count));
    yield new Uint8Array(ids.buffer, ids.byteOffset, ids.byteLength);
  }
}

const ROWS_PER_PIECE = 1024;

/** Rows without their padding. */
function* vectorPieces(rows: PartRows, count: number): Generator<Uint8Array> {
  const { dimension } = rows.layout;
  for (let first = 0; first < count; first += ROWS_PER_PIECE) {
    const length = Math.min(ROWS_PER_PIECE, count - first);
    const piece = new Float32Array(length * dimension);
    for (let i = 0; i < length; i++) piece.set(rows.vector(first + i), i * dimension);
    yield new Uint8Array(piece.buffer);
  }
}
