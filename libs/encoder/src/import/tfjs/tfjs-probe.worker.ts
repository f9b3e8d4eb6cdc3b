import { serve } from '#libs/threads';
import { TfjsProbe } from './tfjs-probe.js';

serve(new TfjsProbe());
