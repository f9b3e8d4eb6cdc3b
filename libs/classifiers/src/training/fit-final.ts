import { networkOutputs } from '../heads/network-outputs.js';
import { fitRefusal } from '../refusal/class-distance.js';
import type { LearningCurvePoint, TrainingProgress } from '../report/training-report.js';
import { applyDesign, designOf } from './design.js';
import { fitHead, widthOf, type Candidate, type HeadFit } from './fit-head.js';
import { accuracyOf } from './loss-of-outputs.js';
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
  const validation =
    split.scheme === 'three-way' ? applyDesign(data, best.taps, split.calibration, width, standardiser) : null;
  const curve: LearningCurvePoint[] = [];
  const fit = fitHead(problem, best, {
    request,
    seed: request.seed,
    tolerance: 1e-6,
    onStep: (step, trainLoss, network) => {
      const measured = network && validation ? accuracyOf(validation, networkOutputs(network(), validation.matrix)) : null;
      const point = { step, trainLoss, trainAccuracy: null, validationLoss: null, validationAccuracy: measured };
      curve.push(point);
      if (network) onProgress({ stage: 'fitting', done: 0.7, message: `Epoch ${step}.`, curve: point });
    },
  });
  const trainAccuracy = accuracyOf(problem, networkOutputs(fit, problem.matrix));
  return { fit, standardiser, refusal: fitRefusal(problem, standardiser), trainAccuracy, curve };
}
