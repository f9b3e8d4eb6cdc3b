import type { EncoderManifest, ManifestInput, RuntimeFiles } from '../manifest.js';
import type { FoundTaps } from './found-taps.js';

/** A model whose runtime files lie in the folder that is to be installed, and what was found in it. */
export interface PreparedModel {
  readonly files: RuntimeFiles;
  readonly input: Pick<ManifestInput, 'tensor' | 'layout' | 'maxBatch'> & {
    /** Whether the network itself takes bytes, and so has its normalisation inside. */
    readonly takesBytes?: boolean;
  };
  /** Side of the picture, in pixels. */
  readonly side: number;
  readonly found: FoundTaps;
  readonly precision: EncoderManifest['precision'];
  /** For people: format, producer, opset. */
  readonly facts: string;
  /** The file it came from. */
  readonly origin: { readonly file: string; readonly sha256: string };
}
