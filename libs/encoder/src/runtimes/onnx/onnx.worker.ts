import { workerData } from 'node:worker_threads';
import { serve, standBack } from '#libs/threads';
import { OnnxService, type OnnxServiceOptions } from './onnx-service.js';

standBack();
serve(new OnnxService(workerData as OnnxServiceOptions));
