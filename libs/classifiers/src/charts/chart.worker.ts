import { serve } from '#libs/threads';
import { ChartService } from './chart-service.js';

serve(new ChartService());
