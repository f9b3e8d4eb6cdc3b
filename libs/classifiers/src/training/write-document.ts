import { DomainError, schemaProblems } from '#libs/errors';
import { pack32, pack64 } from '../scoring/pack.js';
import type { HeadDocument } from '../scoring/head-document.js';
import type { Candidate } from './fit-head.js';
import type { Predicted } from './predictions.js';
import type { PreparedSet } from './prepare-set.js';
import type { Fitted } from './fit-final.js';
import { trainingRequestSchema, type TrainingRequest, type TrainingRequestInput } from './training-request.js';
import type { TrainingSet } from './training-set.js';

/** @throws DomainError `invalid_request` with the fields, also for a tap that the set does not have */
export function parseRequest(input: TrainingRequestInput, set: TrainingSet): TrainingRequest {
  const parsed = trainingRequestSchema.safeParse(input);
  if (!parsed.success) {
    const fields = schemaProblems(parsed.error, input);
    throw new DomainError('invalid_request', 'The training request is not valid.', { fields });
  }
  const known = Object.keys(set.features);
  const unknown = parsed.data.taps === 'auto' ? [] : parsed.data.taps.flat().filter((tap) => !known.includes(tap));
  if (unknown.length === 0) return parsed.data;
  const fields = unknown.map((tap) => ({ path: 'taps', expected: `one of ${known.join(', ')}`, received: tap }));
  throw new DomainError('invalid_request', `There are no features of the tap ${unknown[0]}.`, { fields });
}

/** @throws DomainError `training_diverged` when a number of the head is not finite */
export function writeDocument(
  { set, dimensions }: PreparedSet,
  best: Candidate,
  { fit, standardiser, refusal }: Fitted,
  predicted: Predicted,
  request: TrainingRequest,
): HeadDocument {
  const isFinite = fit.layers.every(
    ({ weights, bias }) => weights.every(Number.isFinite) && bias.every(Number.isFinite),
  );
  if (fit.stopped !== null || !isFinite) {
    throw new DomainError('training_diverged', fit.stopped ?? 'The weights of the head are not finite.');
  }
  const { model } = refusal;
  const canRefuse = predicted.distances.length > 0;
  if (canRefuse && !Number.isFinite(predicted.refusalThreshold)) {
    throw new DomainError(
      'training_diverged',
      'The distances that refusal rests on are not finite: the features are too large.',
    );
  }
  return {
    format: 'likeness-head',
    version: 1,
    kind: best.kind,
    mode: set.mode,
    categories: set.categories.map(({ id, name }) => ({ id, name })),
    encoderFingerprint: set.encoderFingerprint,
    taps: best.taps.map((name) => ({ name, dimension: dimensions[name] ?? 0 })),
    standardiser: { mean: pack64(standardiser.mean), scale: pack64(standardiser.scale) },
    layers: fit.layers.map(({ inputs, outputs, weights, bias }) => ({
      inputs,
      outputs,
      weights: pack64(weights),
      bias: pack64(bias),
    })),
    calibration: predicted.calibration,
    thresholds: [...predicted.thresholds],
    refusal: canRefuse
      ? {
          method: 'class-distance',
          centres: pack32(model.centres),
          directions: pack32(model.directions),
          variances: [...model.variances],
          residualVariance: model.residualVariance,
          threshold: predicted.refusalThreshold,
          acceptance: request.acceptance,
          n: predicted.distances.length,
        }
      : null,
  };
}
