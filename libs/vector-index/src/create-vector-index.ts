import type { FilterResolver } from '#libs/catalogue';
import type { IndexSettings } from '#libs/config';
import { DomainError } from '#libs/errors';
import { ExactVectorIndex } from './exact-vector-index.js';
import { loadHnswLibrary, type HnswLoader } from './hnsw-library.js';
import { HnswVectorIndex } from './hnsw-vector-index.js';
import type { VectorIndex } from './vector-index.js';

/** npm removes an optional package that could not be compiled, so that `npm rebuild` finds nothing to build. */
const CURE = 'Install a C++ compiler, Python and `make`, then run `npm ci` again, and start again.';

/** Whether HNSW can be used here, and if not why and what to do. */
export function hnswSupport(
  load: HnswLoader = loadHnswLibrary,
): { available: true } | { available: false; note: string } {
  try {
    load();
    return { available: true };
  } catch (error) {
    const [reason] = (error instanceof Error ? error.message : String(error)).split('\n');
    return { available: false, note: `hnswlib-node cannot be loaded (${reason}). ${CURE}` };
  }
}

/**
 * The vector index that the settings ask for. Kind `auto` takes HNSW where hnswlib-node was built and the exact index,
 * with a note, where not.
 *
 * @throws DomainError `index_unavailable` for kind `hnsw` where hnswlib-node cannot be loaded
 */
export function createVectorIndex(
  settings: IndexSettings,
  surroundings: {
    /** Folder of the index's own files. */
    dir: string;
    filters: FilterResolver;
    onNote?: (note: string) => void;
    onTrouble?: (trouble: string | null) => void;
    loadHnsw?: HnswLoader;
  },
): VectorIndex {
  const { dir, filters, onNote = () => undefined, onTrouble, loadHnsw } = surroundings;
  const options = { ...settings, dir, filters, onNote, onTrouble };
  if (settings.kind === 'exact') return new ExactVectorIndex(options);
  const support = hnswSupport(loadHnsw);
  if (support.available) return new HnswVectorIndex(options);
  if (settings.kind === 'hnsw') throw new DomainError('index_unavailable', support.note);
  onNote(`${support.note} Until then every search scans all vectors: exact, and slower on large catalogues.`);
  return new ExactVectorIndex(options);
}
