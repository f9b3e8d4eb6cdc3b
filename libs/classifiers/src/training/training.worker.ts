import { serve, standBack } from '#libs/threads';
import { TrainingService } from './training-service.js';

standBack();
serve(new TrainingService());
