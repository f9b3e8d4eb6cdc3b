import { answerParent } from '../lib/child.js';
import { BareHnswlib } from './bare-hnswlib.js';

answerParent(new BareHnswlib());
