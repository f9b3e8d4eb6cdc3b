import { serve, standBack } from '#libs/threads';
import { TfjsProbe } from './tfjs-probe.js';

standBack();
serve(new TfjsProbe());
