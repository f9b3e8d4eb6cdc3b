import type { EncoderManifest, ManifestTap, RuntimeFiles } from './manifest.js';

/** Kinds of runtime file: what a runtime opens. */
export type RuntimeKind = keyof RuntimeFiles;

/**
 * A manifest as one runtime sees the model: the same weights converted for another runtime have their tensors under
 * other names, often in another layout. What the runtime's file entry does not restate stays as it is.
 */
export function manifestFor(manifest: EncoderManifest, kind: RuntimeKind): EncoderManifest {
  const entry = kind === 'onnx' ? undefined : manifest.files[kind];
  if (!entry) return manifest;
  // A feature map without a layout of its own has that of the manifest's input, not that of this runtime's.
  const inputLayout = manifest.input.layout;
  const taps = Object.entries(manifest.taps).map(([name, tap]): [string, ManifestTap] => [
    name,
    { ...tap, layout: tap.layout ?? inputLayout, ...entry.tensors?.[name] },
  ]);
  return {
    ...manifest,
    input: { ...manifest.input, ...entry.input },
    taps: Object.fromEntries(taps),
    ...(manifest.featureMap && {
      featureMap: { ...manifest.featureMap, layout: manifest.featureMap.layout ?? inputLayout, ...entry.featureMap },
    }),
  };
}
