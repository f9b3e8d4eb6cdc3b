import { networkOutputs } from '../heads/network-outputs.js';
import type { Problem } from '../heads/problem.js';
import { fitRefusal } from '../refusal/class-distance.js';
import type { LearningCurvePoint, TrainingProgress } from '../report/training-report.js';
import { applyDesign, designOf } from './design.js';
import { fitHead, usesSteps, widthOf, type Candidate, type HeadFit } from './fit-head.js';
import { accuracyOf, fittedLoss } from './loss-of-outputs.js';
import type { PreparedSet } from './prepare-set.js';
import type { Split } from './split-rows.js';
import type { TrainingRequest } from './training-request.js';

/** The head that is kept, and what goes with it. */
export interface Fitted {
  readonly fit: HeadFit;
  readonly standardiser: { readonly mean: Float64Array; readonly scale: Float64Array };
  readonly refusal: ReturnType<typeof fitRefusal>;
  readonly trainAccuracy: number;
  readonly curve: readonly LearningCurvePoint[];
}

/** Solvers may take thousands of iterations; after so many only every tenth is measured. */
const ALL_MEASURED = 50;

/** Fits the chosen candidate to all rows there are to train on. */
export function fitFinal(
  data: PreparedSet,
  request: TrainingRequest,
  best: Candidate,
  split: Split,
  onProgress: (progress: TrainingProgress) => void,
): Fitted {
  const width = widthOf([best.kind], request, data.set.categories.length);
  const { problem, standardiser } = designOf(data, best.taps, split.train, width, request.classWeights === 'balanced');
  const balanced = request.classWeights === 'balanced';
  const again = (rows: readonly number[]) => applyDesign(data, best.taps, rows, width, standardiser, balanced);
  const validation = split.scheme === 'three-way' ? again(split.calibration) : null;
  // A matrix of its own: the one that is fitted to holds the solver's state between its iterations.
  let seen: Problem | null = null;
  const curve: LearningCurvePoint[] = [];
  const fit = fitHead(problem, best, {
    request,
    seed: request.seed,
    tolerance: 1e-6,
    onStep: (step, trainLoss, network) => {
      const isMeasured = step <= ALL_MEASURED || step % 10 === 0;
      const head = isMeasured ? network() : null;
      seen ??= again(split.train);
      const outputs = head && validation && networkOutputs(head, validation.matrix);
      const point = {
        step,
        trainLoss,
        trainAccuracy: head && accuracyOf(seen, networkOutputs(head, seen.matrix)),
        validationLoss: outputs && validation && fittedLoss(validation, outputs),
        validationAccuracy: outputs && validation && accuracyOf(validation, outputs),
      };
      curve.push(point);
      if (usesSteps(best.kind, request))
        onProgress({ stage: 'fitting', done: 0.7, message: `Epoch ${step}.`, curve: point });
    },
  });
  const trainAccuracy = accuracyOf(problem, networkOutputs(fit, problem.matrix));
  return { fit, standardiser, refusal: fitRefusal(problem, standardiser), trainAccuracy, curve };
}
