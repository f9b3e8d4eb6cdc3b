import { networkOutputs } from '../heads/network-outputs.js';
import { designOf } from './design.js';
import { fitHead, widthOf, type Candidate } from './fit-head.js';
import { accuracyOf } from './loss-of-outputs.js';
import type { PreparedSet } from './prepare-set.js';
import type { TrainingRequest } from './training-request.js';

const PER_CATEGORY = 3;
const MOST = 48;

/** Fits a handful of images of every category with hardly any regularisation: they must be learnt by heart. */
export function overfitSubset(
  data: PreparedSet,
  request: TrainingRequest,
  best: Candidate,
  picked: readonly number[],
): { size: number; accuracy: number | null } {
  const units = data.set.categories.length;
  const taken = new Set<number>();
  const take = (unit: number, label: number) =>
    picked.filter((at) => data.targets[at * units + unit] === label).slice(0, PER_CATEGORY);
  for (let unit = 0; unit < units; unit++) {
    for (const at of [...take(unit, 1), ...(data.set.mode === 'multi' ? take(unit, -1) : [])]) taken.add(at);
  }
  const subset = [...taken].slice(0, MOST);
  if (subset.length < 2) return { size: subset.length, accuracy: null };
  const { problem } = designOf(data, best.taps, subset, widthOf([best.kind], request, units), false);
  const eager = {
    ...request,
    regularisation: {},
    mlp: { ...request.mlp, dropout: 0 },
    optimiser: { ...request.optimiser, kind: 'solver' as const, epochs: 200, schedule: 'constant' as const },
  };
  const candidate = best.kind === 'nearest-mean' ? { ...best, kind: 'softmax' as const } : best;
  const fit = fitHead(
    problem,
    { ...candidate, l2: 1e-4, l1: 0 },
    { request: eager, seed: request.seed, tolerance: 1e-2 },
  );
  return { size: subset.length, accuracy: accuracyOf(problem, networkOutputs(fit, problem.matrix)) };
}
