import { answerParent } from '../lib/child.js';
import { Stages } from './stages.js';

answerParent(new Stages());
