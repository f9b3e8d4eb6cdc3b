import type { VectorIndex } from '#libs/vector-index';

/** An index as the product's settings have it, in every bench alike. */
export const HNSW = { kind: 'hnsw', m: 16, efConstruction: 200, compact: 0, sealAt: 8192, exactLimit: 20_000 } as const;

/** The catalogue that a bench's index belongs to. */
export const IDENTITY = { epoch: 'bench', fingerprint: 'bench', tap: 'bench' } as const;

const ROWS_AT_ONCE = 1000;

/** Puts vectors under the ids 1, 2, … in portions, as an import does; seals nothing that is not due. */
export async function fill(index: VectorIndex, vectors: readonly Float32Array[]): Promise<void> {
  for (let first = 0; first < vectors.length; first += ROWS_AT_ONCE) {
    const puts = vectors.slice(first, first + ROWS_AT_ONCE).map((vector, i) => ({ id: first + i + 1, vector }));
    await index.apply({ puts, deletes: [], sequence: first + puts.length });
  }
}
