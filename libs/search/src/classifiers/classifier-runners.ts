import { Injectable } from '@nestjs/common';
import { RescoringRunner } from './rescoring-runner.js';
import { ScoreArrivals } from './score-arrivals.js';
import { ScoringThreads } from './scoring-threads.js';
import { TrainingRunner } from './training-runner.js';

/** Those who do the work of classifiers. */
@Injectable()
export class ClassifierRunners {
  constructor(
    readonly training: TrainingRunner,
    readonly rescoring: RescoringRunner,
    readonly arrivals: ScoreArrivals,
    readonly threads: ScoringThreads,
  ) {}
}
