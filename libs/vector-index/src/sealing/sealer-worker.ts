import { workerData } from 'node:worker_threads';
import { serve, standBack } from '#libs/threads';
import { loadHnswLibrary } from '../hnsw-library.js';
import { BlockLayout } from '../matrix/block-layout.js';
import { Sealer } from './sealer.js';

standBack();
const { dimension, slots, folder } = workerData as { dimension: number; slots: number; folder: string };

serve(new Sealer(new BlockLayout(dimension, slots), folder, loadHnswLibrary));
