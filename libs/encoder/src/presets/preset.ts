import type { ManifestInput, ManifestView } from '../manifest.js';

/** Where weights for a preset are published. */
export type PublishedWeights =
  | {
      /** A file that `models pull` can fetch and import. */
      readonly kind: 'download';
      /** Tried one after the other. */
      readonly urls: readonly string[];
      /** As the publisher states it; without, the first download is trusted and its digest recorded. */
      readonly sha256?: string;
      readonly licence: string;
    }
  | {
      /** Published in a format that has to be exported to ONNX first. */
      readonly kind: 'export';
      readonly page: string;
      readonly licence: string;
    };

/** How an architecture's published weights want their pictures, and what its taps are known to be. */
export interface Preset {
  readonly name: string;
  readonly title: string;
  readonly view: ManifestView;
  readonly colour: ManifestInput['colour'];
  readonly normalisation: ManifestInput['normalisation'];
  /** Where the preprocessing is written down. */
  readonly preprocessing: string;
  /** Dimensions of taps as published; one that comes out otherwise is an error. */
  readonly dimensions: Readonly<Record<string, number>>;
  /** Names for what the importer finds under general ones. */
  readonly rename?: Readonly<Record<string, string>>;
  /** False for a network that ends in an embedding. */
  readonly classifies: boolean;
  readonly weights: PublishedWeights;
}

type Triple = readonly [number, number, number];

const triple = (values: Triple, change: (value: number) => number): [number, number, number] => [
  change(values[0]),
  change(values[1]),
  change(values[2]),
];

/** `(byte / 255 − mean) / deviation`, as PyTorch code writes it, in the manifest's form. */
export function unitNormalisation(mean: Triple, deviation: Triple): ManifestInput['normalisation'] {
  return { mean: triple(mean, (value) => value * 255), scale: triple(deviation, (value) => 1 / (255 * value)) };
}

/** torchvision's and timm's usual one: statistics of ImageNet. */
export const IMAGENET = unitNormalisation([0.485, 0.456, 0.406], [0.229, 0.224, 0.225]);
/** −1 … 1. */
export const SYMMETRIC = unitNormalisation([0.5, 0.5, 0.5], [0.5, 0.5, 0.5]);
export const CLIP = unitNormalisation([0.48145466, 0.4578275, 0.40821073], [0.26862954, 0.26130258, 0.27577711]);
/** Bytes less a mean, blue first, as networks trained with Caffe take them. */
export const CAFFE: ManifestInput['normalisation'] = { mean: [104, 117, 123], scale: [1, 1, 1] };

/** Pillow's resizing of the shorter side, then a cut from the centre. */
export function centreCrop(size: number, to: number, kernel: 'linear' | 'cubic'): ManifestView {
  return { size, resize: { rule: 'shortest-side', to }, kernel, antialias: true };
}
