import { DomainError } from '#libs/errors';
import type { ModelFolder } from '../model-folder.js';
import { type Agreement, agreementOf } from '../self-check/compare-vectors.js';
import { toleranceOf } from '../self-check/golden-run.js';
import { probe, type ProbeResult } from './probe.js';
import type { VariantOptions } from './start-variant.js';
import { type Candidate, type Variant, variantsOf } from './variant.js';

/** How one way of executing a model did on the golden pictures. */
export interface CheckedVariant {
  readonly variant: Variant;
  readonly engine?: string;
  /** `reference`: what the others are compared with. `unavailable`: not here, or not for this model. `failed`: here, but it does not work. */
  readonly outcome: 'reference' | 'agrees' | 'differs' | 'failed' | 'unavailable';
  /** Against the reference; absent for it and for what gave no vectors. */
  readonly agreement?: Agreement;
  /** Why it is unavailable, or how it failed. */
  readonly reason?: string;
}

export interface ModelCheck {
  readonly variants: readonly CheckedVariant[];
  /** Least cosine that counts as agreement, for the precision the manifest states. */
  readonly tolerance: number;
  /** At least one way works and none differs. */
  readonly sound: boolean;
}

/** One cell of a benchmark. */
export interface BenchedVariant {
  readonly variant: Variant;
  readonly batch: number;
  /** Images a second in full batches. */
  readonly rate: number;
  /** Most memory its process held, in bytes: Node, runtime, model and pictures; memory of a GPU is not in it. */
  readonly peakBytes: number;
}

/** Runs the golden pictures through every way of executing a model that there is here, each in a process of its own. */
export async function checkModel(model: ModelFolder, options: VariantOptions): Promise<ModelCheck> {
  const variants = cpuFirst(variantsOf(model));
  const tolerance = toleranceOf(model.manifest);
  const checked: CheckedVariant[] = [];
  let reference: ProbeResult | undefined;
  for (const { obstacle, ...variant } of variants) {
    if (obstacle !== undefined) {
      checked.push({ variant, outcome: 'unavailable', reason: obstacle });
      continue;
    }
    const found = await probe({ folder: model.path, variant, options, seconds: 0 }).catch(DomainError.from);
    if (found instanceof DomainError) {
      const outcome = found.code === 'model_unsupported' ? 'unavailable' : 'failed';
      checked.push({ variant, outcome, reason: found.message });
    } else if (!reference) {
      reference = found;
      checked.push({ variant, engine: found.info.engine, outcome: 'reference' });
    } else {
      const agreement = agreementOf(found.vectors, reference.vectors);
      const outcome = agreement.cosine >= tolerance ? 'agrees' : 'differs';
      checked.push({ variant, engine: found.info.engine, outcome, agreement });
    }
  }
  const sound = reference !== undefined && checked.every(({ outcome }) => outcome !== 'differs');
  return { variants: checked, tolerance, sound };
}

/**
 * Images a second and peak memory of every way that works here, at each batch size; each in a process of its own.
 *
 * @param seconds how long each is timed, after a warm-up
 * @param onBenched called with each as it is done
 */
export async function benchModel(
  model: ModelFolder,
  { threads, batches, seconds }: { threads: number; batches: readonly number[]; seconds: number },
  onBenched: (benched: BenchedVariant) => void = () => undefined,
): Promise<BenchedVariant[]> {
  const benched: BenchedVariant[] = [];
  for (const { obstacle, ...variant } of variantsOf(model)) {
    if (obstacle !== undefined) continue;
    for (const batch of batches) {
      const options = { threads, maxBatch: batch };
      const found = await probe({ folder: model.path, variant, options, seconds }).catch(DomainError.from);
      // What does not work at one batch size will not at another; `checkModel` says why.
      if (found instanceof DomainError) break;
      const cell = { variant, batch, rate: found.rate, peakBytes: found.peakBytes };
      benched.push(cell);
      onBenched(cell);
    }
  }
  return benched;
}

const cpuFirst = (variants: readonly Candidate[]): Candidate[] =>
  variants.toSorted((a, b) => Number(b.device === 'cpu') - Number(a.device === 'cpu'));
