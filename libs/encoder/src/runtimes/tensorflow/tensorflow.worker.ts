import { workerData } from 'node:worker_threads';
import { serve, standBack } from '#libs/threads';
import { TensorflowService, type TensorflowServiceOptions } from './tensorflow-service.js';

standBack();
serve(new TensorflowService(workerData as TensorflowServiceOptions));
