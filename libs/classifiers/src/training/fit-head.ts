import { fitLinear } from '../heads/fit-linear.js';
import { fitNearestMean } from '../heads/fit-nearest-mean.js';
import { fitNetwork } from '../heads/fit-network.js';
import { fitSvm } from '../heads/fit-svm.js';
import type { Network, Problem } from '../heads/problem.js';
import { rowSpaceOf } from '../heads/row-space.js';
import type { HeadKind, TrainingRequest } from './training-request.js';

/** One point of the search: all that a fit needs beside the data. */
export interface Candidate {
  readonly kind: HeadKind;
  readonly taps: readonly string[];
  readonly l2: number;
  readonly l1: number;
  /** null for heads that are solved to their optimum. */
  readonly learningRate: number | null;
}

export interface HeadFit extends Network {
  readonly converged: boolean;
  /** In words, why it was given up. */
  readonly stopped: string | null;
  /** Mean loss before anything was learnt, where there was such a moment. */
  readonly initialLoss: number | null;
  /** Loss after each epoch or iteration. */
  readonly losses: readonly number[];
  /** To start a neighbouring fit to the same matrix from; in coordinates of the solver's own. */
  readonly parameters?: Float64Array;
}

export interface FitOptions {
  readonly request: TrainingRequest;
  readonly seed: number;
  readonly tolerance: number;
  readonly start?: Float64Array;
  /** @param network makes the head as it is after the step */
  onStep?(step: number, loss: number, network: () => Network): void;
}

/** Whether the kind, under this request, is trained by gradient steps. */
export const usesSteps = (kind: HeadKind, request: TrainingRequest): boolean =>
  kind === 'mlp' ||
  (kind === 'softmax' && (request.optimiser.kind === 'sgd' || request.regularisation.maxNorm !== undefined));

/** Most outputs the first layer of any of the kinds has. */
export const widthOf = (kinds: readonly HeadKind[], request: TrainingRequest, units: number): number =>
  kinds.includes('mlp') ? Math.max(units, ...request.mlp.hidden) : units;

/** Fits one candidate; in fewer columns where rows are few, which the head is not the worse for. */
export function fitHead(problem: Problem, candidate: Candidate, options: FitOptions): HeadFit {
  const space = candidate.l1 > 0 || candidate.kind === 'nearest-mean' ? null : rowSpaceOf(problem);
  const fit = fitKind(space?.problem ?? problem, candidate, {
    ...options,
    fanIn: problem.matrix.columns,
    onStep: (step, loss, network) => options.onStep?.(step, loss, () => (space ? space.expand(network()) : network())),
  });
  return space ? { ...fit, ...space.expand(fit) } : fit;
}

interface KindOptions extends FitOptions {
  /** Columns of the problem before it was written in fewer. */
  readonly fanIn: number;
}

function fitKind(problem: Problem, candidate: Candidate, options: KindOptions): HeadFit {
  if (usesSteps(candidate.kind, options.request)) return fitBySteps(problem, candidate, options);
  if (candidate.kind === 'nearest-mean') {
    return { ...fitNearestMean(problem), converged: true, stopped: null, initialLoss: null, losses: [] };
  }
  return candidate.kind === 'svm' ? solveSvm(problem, candidate, options) : solveSoftmax(problem, candidate, options);
}

function fitBySteps(problem: Problem, candidate: Candidate, { request, seed, fanIn, onStep }: KindOptions): HeadFit {
  const { optimiser, regularisation, mlp } = request;
  const isMlp = candidate.kind === 'mlp';
  const fit = fitNetwork(problem, {
    hidden: isMlp ? mlp.hidden : [],
    dropout: isMlp ? mlp.dropout : 0,
    fanIn,
    l2: candidate.l2,
    l1: candidate.l1,
    ...(regularisation.maxNorm !== undefined && { maxNorm: regularisation.maxNorm }),
    learningRate: candidate.learningRate ?? 0.01,
    momentum: optimiser.momentum,
    batchSize: optimiser.batchSize,
    epochs: optimiser.epochs,
    schedule: optimiser.schedule,
    seed,
    onEpoch: (epoch, loss, network) => onStep?.(epoch, loss, () => network),
  });
  return { ...fit, converged: fit.stopped === null };
}

function solveSvm(problem: Problem, { l2 }: Candidate, { seed, tolerance }: FitOptions): HeadFit {
  const limits = tolerance > 1e-5 ? { tolerance: 0.05, maxEpochs: 60 } : { tolerance: 1e-4, maxEpochs: 1000 };
  return { ...fitSvm(problem, { l2, seed, ...limits }), stopped: null, initialLoss: null, losses: [] };
}

function solveSoftmax(problem: Problem, { l2, l1 }: Candidate, options: FitOptions): HeadFit {
  const losses: number[] = [];
  const fit = fitLinear(problem, {
    l2,
    l1,
    tolerance: options.tolerance,
    maxIterations: options.tolerance > 1e-5 ? 200 : 2000,
    ...(options.start && { start: options.start }),
    onIteration: (step, _objective, loss, network) => {
      losses.push(loss);
      options.onStep?.(step, loss, network);
    },
  });
  return { ...fit, stopped: null, initialLoss: losses[0] ?? null, losses };
}
