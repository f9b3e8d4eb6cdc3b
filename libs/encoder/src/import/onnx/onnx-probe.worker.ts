import { serve, standBack } from '#libs/threads';
import { OnnxProbe } from './onnx-probe.js';

standBack();
serve(new OnnxProbe());
