import { serve } from '#libs/threads';
import { TrainingService } from './training-service.js';

serve(new TrainingService());
