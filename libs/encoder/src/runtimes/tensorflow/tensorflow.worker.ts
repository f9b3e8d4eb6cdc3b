import { workerData } from 'node:worker_threads';
import { serve } from '#libs/threads';
import { TensorflowService, type TensorflowServiceOptions } from './tensorflow-service.js';

serve(new TensorflowService(workerData as TensorflowServiceOptions));
