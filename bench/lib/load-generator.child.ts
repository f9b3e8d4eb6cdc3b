import { answerParent } from './child.js';
import { LoadGenerator } from './load-generator.js';

answerParent(new LoadGenerator());
