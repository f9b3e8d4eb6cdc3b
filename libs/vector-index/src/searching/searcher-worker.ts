import { workerData } from 'node:worker_threads';
import { serve } from '#libs/threads';
import { loadHnswLibrary } from '../hnsw-library.js';
import { BlockLayout } from '../matrix/block-layout.js';
import { Searcher } from './searcher.js';

const { dimension, slots, slot } = workerData as { dimension: number; slots: number; slot: number };

serve(new Searcher(new BlockLayout(dimension, slots), slot, loadHnswLibrary));
