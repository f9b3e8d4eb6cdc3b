import { serve, standBack } from '#libs/threads';
import { ChartService } from './chart-service.js';

standBack();
serve(new ChartService());
