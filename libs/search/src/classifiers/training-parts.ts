import { Injectable } from '@nestjs/common';
import { ManageClassifiers } from './manage-classifiers.js';
import { StartRescoring } from './start-rescoring.js';
import { GatherTrainingData } from './training-data.js';

/** What stands before and after the training itself. */
@Injectable()
export class TrainingParts {
  constructor(
    readonly classifiers: ManageClassifiers,
    readonly data: GatherTrainingData,
    readonly rescore: StartRescoring,
  ) {}
}
