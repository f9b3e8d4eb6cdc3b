import type { EncoderSettings } from '#libs/config';
import { DomainError } from '#libs/errors';
import type { Encoder } from '../encoder.js';
import type { ModelFolder } from '../model-folder.js';
import { agreementOf, type GoldenVectors } from '../self-check/compare-vectors.js';
import { encodeGolden, measureRate, toleranceOf } from '../self-check/golden-run.js';
import { probe } from './probe.js';
import { startVariant, type VariantOptions } from './start-variant.js';
import { type Candidate, type Variant, variantName, variantsOf } from './variant.js';

export type Wish = Pick<EncoderSettings, 'runtime' | 'device'>;

/** A way that was not taken. */
export interface PassedOver {
  readonly variant: Variant;
  /** A sentence without its full stop's subject: "it is not installed …", "cosine 0.93 to the CPU's answer …". */
  readonly reason: string;
  /** It looked usable but was not: somebody will want to know. */
  readonly unexpected: boolean;
}

export interface OpenedEncoder {
  readonly encoder: Encoder;
  readonly passedOver: readonly PassedOver[];
}

/** How long each way is timed when there are several to choose from. */
const TRIAL_SECONDS = 0.5;

/**
 * Opens a model on the runtime and device that were wished for; `auto` takes the fastest whose answer agrees with the
 * CPU's on the golden pictures. Nothing slower is ever taken in place of what was named.
 *
 * @throws DomainError `device_unavailable` where what was named cannot be used or answers differently; `encoder_invalid`
 */
export async function openEncoder(model: ModelFolder, wish: Wish, options: VariantOptions): Promise<OpenedEncoder> {
  const all = variantsOf(model);
  const wished = all.filter((one) => isWished(one, wish));
  if (wished.length === 0) throw nothingFits(model, wish, all);
  if (wish.device === 'auto') return openFastest(model, wished, options);
  const opened = await openFirst(model, wished, options, { tryAnyway: true });
  if (wish.device !== 'cpu') await checkAgainstCpu(model, opened, all, options);
  return opened;
}

const isWished = ({ runtime, device }: Variant, wish: Wish): boolean =>
  (wish.runtime === 'auto' || wish.runtime === runtime) && (wish.device === 'auto' || wish.device === device);

async function openFastest(
  model: ModelFolder,
  candidates: readonly Candidate[],
  options: VariantOptions,
): Promise<OpenedEncoder> {
  const onCpu = candidates.filter(({ device }) => device === 'cpu');
  const others = candidates.filter(({ device }) => device !== 'cpu');
  const passedOver = others.flatMap(({ obstacle, ...variant }) =>
    obstacle === undefined ? [] : [{ variant, reason: obstacle, unexpected: false }],
  );
  const promising = others.filter(({ obstacle }) => obstacle === undefined);
  const cpu = await openFirst(model, onCpu, options, { tryAnyway: false });
  passedOver.push(...cpu.passedOver);
  if (promising.length === 0) return { encoder: cpu.encoder, passedOver };
  try {
    const trial = await tryOut(model, cpu.encoder, promising, options);
    passedOver.push(...trial.passedOver);
    const { winner } = trial;
    if (!winner) return { encoder: cpu.encoder, passedOver };
    const taken = await changeOver(cpu.encoder, winner, () => startVariant(model, winner, options));
    return { encoder: taken.encoder, passedOver: [...passedOver, ...taken.passedOver] };
  } catch (error) {
    await cpu.encoder.close();
    throw error;
  }
}

/**
 * The winner of a trial in the place of the CPU's encoder, which is closed. Where it does not start here although it did in
 * its trial, as on a GPU whose memory somebody else has taken meanwhile, the CPU's stays.
 */
export async function changeOver(cpu: Encoder, winner: Variant, start: () => Promise<Encoder>): Promise<OpenedEncoder> {
  const encoder = await start().catch(DomainError.from);
  if (encoder instanceof DomainError)
    return { encoder: cpu, passedOver: [{ variant: winner, reason: encoder.message, unexpected: true }] };
  await cpu.close();
  return { encoder, passedOver: [] };
}

/** Each accelerator against the CPU, in a process of its own. */
async function tryOut(
  model: ModelFolder,
  cpu: Encoder,
  variants: readonly Variant[],
  options: VariantOptions,
): Promise<{ winner?: Variant; passedOver: PassedOver[] }> {
  const reference = await encodeGolden(cpu);
  let best = { rate: await measureRate(cpu, { ...options, seconds: TRIAL_SECONDS }), name: 'the CPU' };
  let winner: Variant | undefined;
  const passedOver: PassedOver[] = [];
  for (const { runtime, engine, device } of variants) {
    const variant = { runtime, engine, device };
    const found = await probe({ folder: model.path, variant, options, seconds: TRIAL_SECONDS }).catch(DomainError.from);
    const problem = found instanceof DomainError ? found.message : disagreement(model, found.vectors, reference);
    if (found instanceof DomainError || problem !== undefined) {
      passedOver.push({ variant, reason: problem ?? '', unexpected: true });
    } else if (found.rate <= best.rate) {
      const reason = `${found.rate.toFixed(0)} images/s where ${best.name} does ${best.rate.toFixed(0)}`;
      passedOver.push({ variant, reason, unexpected: false });
    } else {
      const reason = `${best.rate.toFixed(0)} images/s where ${variantName(variant)} does ${found.rate.toFixed(0)}`;
      if (winner) passedOver.push({ variant: winner, reason, unexpected: false });
      winner = variant;
      best = { rate: found.rate, name: variantName(variant) };
    }
  }
  return { winner, passedOver };
}

/** @param tryAnyway whether to try what is not likely to work, because it was asked for by name */
async function openFirst(
  model: ModelFolder,
  candidates: readonly Candidate[],
  options: VariantOptions,
  { tryAnyway }: { tryAnyway: boolean },
): Promise<OpenedEncoder> {
  const passedOver: PassedOver[] = [];
  for (const { obstacle, ...variant } of candidates) {
    if (obstacle !== undefined && !tryAnyway) {
      passedOver.push({ variant, reason: obstacle, unexpected: false });
      continue;
    }
    try {
      return { encoder: await startVariant(model, variant, options), passedOver };
    } catch (error) {
      const problem = DomainError.from(error);
      // A model with operations that a runtime has not is no fault of the model where another runtime has them.
      if (problem.code !== 'device_unavailable' && problem.code !== 'model_unsupported') throw problem;
      passedOver.push({ variant, reason: problem.message, unexpected: obstacle === undefined });
    }
  }
  const reasons = passedOver.map(({ variant, reason }) => `${variantName(variant)}: ${reason}`);
  throw new DomainError(
    'device_unavailable',
    `The encoder "${model.manifest.name}" cannot be run. ${reasons.join(' ')}`,
  );
}

async function checkAgainstCpu(
  model: ModelFolder,
  { encoder }: OpenedEncoder,
  all: readonly Candidate[],
  options: VariantOptions,
): Promise<void> {
  const onCpu = all.filter(({ device, obstacle }) => device === 'cpu' && obstacle === undefined);
  // A SavedModel where only tfjs-node-gpu is installed: there is no CPU answer to compare with.
  if (onCpu.length === 0) return;
  try {
    const cpu = await openFirst(model, onCpu, options, { tryAnyway: false });
    const reference = await encodeGolden(cpu.encoder).finally(() => cpu.encoder.close());
    const problem = disagreement(model, await encodeGolden(encoder), reference);
    if (problem !== undefined) throw new DomainError('device_unavailable', `${encoder.info.device}: ${problem}.`);
  } catch (error) {
    await encoder.close();
    throw error;
  }
}

function disagreement({ manifest }: ModelFolder, vectors: GoldenVectors, reference: GoldenVectors): string | undefined {
  const least = toleranceOf(manifest);
  const { cosine, picture, tap } = agreementOf(vectors, reference);
  if (cosine >= least) return undefined;
  return `its answer is not the CPU's: cosine ${cosine.toFixed(6)} for ${tap} of the picture ${picture}, expected at least ${least}`;
}

function nothingFits(
  { manifest, files }: ModelFolder,
  { runtime, device }: Wish,
  all: readonly Variant[],
): DomainError {
  const known = all.map(variantName).join(', ');
  return new DomainError(
    'device_unavailable',
    `The encoder "${manifest.name}" (files: ${Object.keys(files).join(', ')}) cannot be run with LIKENESS_RUNTIME=${runtime} and ` +
      `LIKENESS_DEVICE=${device} on this installation, which knows: ${known}. Set both to auto, or see docs/encoders.md.`,
    {
      fields: [
        { path: 'LIKENESS_DEVICE', expected: `auto, or one of those: ${known}`, received: `${runtime}, ${device}` },
      ],
    },
  );
}
