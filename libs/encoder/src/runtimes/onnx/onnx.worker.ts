import { workerData } from 'node:worker_threads';
import { serve } from '#libs/threads';
import { OnnxService, type OnnxServiceOptions } from './onnx-service.js';

serve(new OnnxService(workerData as OnnxServiceOptions));
