import { serve } from '#libs/threads';
import { OnnxProbe } from './onnx-probe.js';

serve(new OnnxProbe());
