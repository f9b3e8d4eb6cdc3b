import { BenchService } from './bench-service.js';
import { answerParent } from './child.js';

answerParent(new BenchService());
