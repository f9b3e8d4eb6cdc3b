import type { EncoderManifest, ManifestTap } from '../manifest.js';
import type { Preset } from '../presets/preset.js';

/** What a person asks to be imported, and how. */
export interface ImportRequest {
  /** A file or folder. */
  readonly source: string;
  /** Name of the model; from the file or preset where it is not given. */
  readonly name?: string;
  readonly preset?: Preset;
  /**
   * An encoder of which this is another form, such as a quantised one: its preprocessing, and its taps where a tensor has
   * the same name.
   */
  readonly like?: EncoderManifest;
  /** Taps in place of, or beside, those that are found. */
  readonly taps?: readonly TapOrder[];
  /** A file with one class name a line. */
  readonly labels?: string;
  /** Logits before the first label. */
  readonly labelOffset?: number;
  /** Side of the picture in pixels, for a network that takes any. */
  readonly size?: number;
  readonly licence?: string;
  readonly description?: string;
  /** Where the file was downloaded from. */
  readonly url?: string;
  /** Take the place of an imported model of that name. */
  readonly replace?: boolean;
}

/** One `--tap`: a tensor under a name, with a pooling where the one its shape suggests is not wanted. */
export interface TapOrder {
  readonly name: string;
  readonly tensor: string;
  readonly pooling?: ManifestTap['pooling'];
}
