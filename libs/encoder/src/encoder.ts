import type { CellVectors } from './cells.js';

/** What an encoder needs to know of a picture; satisfied by imaging's `RgbPixels`. Interleaved 8-bit sRGB. */
export interface EncoderInput {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
}

/** How an encoder wants its pictures; satisfies imaging's `PixelView`. */
export interface EncoderView {
  readonly size: number;
  readonly resize: { readonly rule: 'shortest-side' | 'stretch'; readonly to: number };
  readonly kernel: 'nearest' | 'linear' | 'cubic' | 'lanczos3';
  readonly antialias: boolean;
}

export interface TapInfo {
  readonly name: string;
  /** Number of components of the vector. */
  readonly dimension: number;
  /** Cosine from which images count as near-duplicates, 0.5 … 1, where that was measured. */
  readonly nearDuplicates?: number;
}

/** What executes an encoder. */
export type Runtime = 'onnx' | 'tensorflow';

/** What it is executed on. */
export type Device = 'cpu' | 'cuda' | 'webgpu' | 'coreml' | 'directml';

export interface EncoderInfo {
  readonly name: string;
  /** 64 hexadecimal digits: hash of the weights and of everything else that changes the vector. */
  readonly fingerprint: string;
  readonly view: EncoderView;
  /** Every tap of the manifest. */
  readonly taps: readonly TapInfo[];
  readonly runtime: Runtime;
  readonly device: Device;
  /** Which library executes it, with its version, for people. */
  readonly engine: string;
}

/** Vectors of one image by tap name; raw as the network gives them, not normalised. */
export type TapVectors<T extends string = string> = Readonly<Record<T, Float32Array>>;

/**
 * Port: a CNN with fixed weights. Calls of concurrent callers are gathered into batches; the answer never depends on
 * which others shared the batch. Nothing runs on the caller's thread.
 */
export abstract class Encoder {
  abstract readonly info: EncoderInfo;

  /** Whether it failed for its own picture too when it was last asked, as after a lost GPU. It may work again by the next picture. */
  abstract readonly broken: boolean;

  /**
   * @param image exactly `info.view.size` pixels wide and high
   * @param taps names out of `info.taps`
   * @throws DomainError `encoder_failed` for what is in the image; `device_unavailable` for an encoder that is broken;
   *   `shutting_down` after `close`
   */
  abstract encode<T extends string>(image: EncoderInput, taps: readonly T[]): Promise<TapVectors<T>>;

  /**
   * The vector of an image at a tap, taken apart by place: cells that add up to it. Costs more than `encode`, and nothing
   * where nobody asks.
   *
   * @throws DomainError `explanation_unavailable` where the tap is not linear in the mean of a feature map;
   *   `device_unavailable` for an encoder that is broken
   */
  abstract cells(image: EncoderInput, tap: string): Promise<CellVectors>;

  /** Ends after the images already handed in are answered. */
  abstract close(): Promise<void>;
}

/** The tap's entry in `info`, or undefined where the encoder has no such tap. */
export function findTap(info: EncoderInfo, name: string): TapInfo | undefined {
  return info.taps.find((tap) => tap.name === name);
}
