import {
  type EncoderManifest,
  type ManifestInput,
  type ManifestTap,
  type ManifestView,
  parseManifest,
} from '../manifest.js';
import type { FoundTap } from './found-taps.js';
import type { ImportRequest } from './import-request.js';
import type { ClassLabels } from './labels.js';
import type { PreparedModel } from './prepared-model.js';
import { IMAGENET } from '../presets/preset.js';

/** How most networks for ImageNet scale a picture before they cut it: 256 for 224. */
const USUAL_MARGIN = 8 / 7;

/** What a network has to be given that takes bytes, whatever other forms of it take. */
const AS_BYTES: ManifestInput['normalisation'] = { mean: [0, 0, 0], scale: [1, 1, 1] };

/** Preprocessing where no preset says it: what most networks trained on ImageNet with PyTorch take. */
function usualView(side: number): ManifestView {
  return {
    size: side,
    resize: { rule: 'shortest-side', to: Math.round(side * USUAL_MARGIN) },
    kernel: 'linear',
    antialias: true,
  };
}

/**
 * The manifest of an imported model.
 *
 * @throws DomainError `encoder_invalid` for what cannot be in one, such as a dimension that is too large
 */
export function buildManifest(
  name: string,
  prepared: PreparedModel,
  request: ImportRequest,
  labels: ClassLabels | undefined,
): EncoderManifest {
  const { preset, like } = request;
  const known = preset ?? like?.input;
  const { found, input, side, files, precision, facts } = prepared;
  const manifest = {
    name,
    description:
      request.description ??
      `${preset?.title ?? (like ? `Another form of ${like.name}` : name)}, imported from ${prepared.origin.file} (${facts}).`,
    input: {
      tensor: input.tensor,
      layout: input.layout,
      colour: known?.colour ?? 'rgb',
      normalisation: input.takesBytes ? AS_BYTES : (known?.normalisation ?? IMAGENET),
      view: known?.view ?? usualView(side),
      ...(input.maxBatch !== undefined && { maxBatch: input.maxBatch }),
    },
    taps: Object.fromEntries(found.taps.map((tap) => [tap.name, manifestTap(tap, input.layout)])),
    ...(found.featureMap && {
      featureMap: {
        tensor: found.featureMap.tensor,
        channels: found.featureMap.channels,
        ...ownLayout(found.featureMap.layout, input.layout),
      },
    }),
    ...(labels && { labels: 'labels.txt', ...(labels.offset > 0 && { labelOffset: labels.offset }) }),
    files,
    ...(precision && { precision }),
    ...(preset && { preset: preset.name }),
    licence: request.licence ?? preset?.weights.licence ?? like?.licence ?? 'not stated',
    source: request.url ?? `Imported from ${prepared.origin.file}.`,
    origin: { ...prepared.origin, ...(request.url !== undefined && { url: request.url }) },
  };
  return parseManifest(manifest, `The manifest of ${name}`);
}

function manifestTap(
  { tensor, pooling, dimension, layout, skipTokens }: FoundTap,
  inputLayout: ManifestInput['layout'],
): ManifestTap {
  return {
    tensor,
    pooling,
    dimension,
    ...(layout && ownLayout(layout, inputLayout)),
    ...(skipTokens !== undefined && { skipTokens }),
  };
}

const ownLayout = (layout: ManifestInput['layout'], inputLayout: ManifestInput['layout']) =>
  layout === inputLayout ? {} : { layout };
