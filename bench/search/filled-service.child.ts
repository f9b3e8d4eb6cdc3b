import { answerParent } from '../lib/child.js';
import { FilledService } from './filled-service.js';

answerParent(new FilledService());
