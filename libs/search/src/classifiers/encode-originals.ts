import { Injectable } from '@nestjs/common';
import { BlobStore, ImageReader, type ExampleRecord } from '#libs/catalogue';
import type { Encoder, TapVectors } from '#libs/encoder';
import { DomainError } from '#libs/errors';
import { ImageDecoder, type ImageRegion, type RgbPixels } from '#libs/imaging';
import { ImageFiles } from '../library/image-files.js';
import { isFaultOfImage } from '../service/whose-fault.js';
import { mustEncode } from '../spaces/must-encode.js';

/** Part of the image that an altered copy shows, as a share of its sides. */
const CROP = 0.85;
const crop = (left: number, top: number): ImageRegion => ({ left, top, width: CROP, height: CROP, unit: 'fractions' });

/** Altered copies by view number, from 1 on. Never changed, only added to: cached features go by the number. */
const ALTERATIONS: readonly { readonly region?: ImageRegion; readonly mirrored: boolean }[] = [
  { mirrored: true },
  { region: crop((1 - CROP) / 2, (1 - CROP) / 2), mirrored: false },
  { region: crop(0, 0), mirrored: true },
  { region: crop(1 - CROP, 1 - CROP), mirrored: false },
  { region: crop(0, 1 - CROP), mirrored: false },
  { region: crop(1 - CROP, 0), mirrored: true },
];

/** Most altered copies of one image. */
export const MOST_COPIES = ALTERATIONS.length;

/** Computes features from originals, at any taps of an encoder and of any view. */
@Injectable()
export class EncodeOriginals {
  constructor(
    private readonly images: ImageReader,
    private readonly files: ImageFiles,
    private readonly blobs: BlobStore,
    private readonly decoder: ImageDecoder,
  ) {}

  /**
   * @param view 0: as it is; 1 … `MOST_COPIES`: an altered copy
   * @returns null where the original is gone, or cannot be decoded any more, or not be encoded
   * @throws DomainError `encoder_failed` where the encoder fails whatever it is given
   */
  async ofExample(
    example: Pick<ExampleRecord, 'sha256' | 'imageId' | 'own'>,
    encoder: Encoder,
    taps: readonly string[],
    view = 0,
  ): Promise<TapVectors | null> {
    try {
      return await this.ofBytes(await this.bytesOf(example), encoder, taps, view);
    } catch (error) {
      const problem = DomainError.from(error);
      if (!isFaultOfImage(problem) && problem.code !== 'original_missing') throw problem;
      if (problem.code === 'encoder_failed') await mustEncode(encoder, taps);
      return null;
    }
  }

  /** @throws DomainError `image_*` */
  async ofBytes(bytes: Buffer, encoder: Encoder, taps: readonly string[], view = 0): Promise<TapVectors> {
    const alteration = view === 0 ? undefined : ALTERATIONS[view - 1];
    if (view > 0 && !alteration) throw new DomainError('internal', `There is no altered copy ${view}.`);
    const pixels = await this.decoder.view(bytes, encoder.info.view, alteration?.region);
    return encoder.encode(alteration?.mirrored === true ? mirror(pixels) : pixels, taps);
  }

  private async bytesOf({ sha256, imageId, own }: Pick<ExampleRecord, 'sha256' | 'imageId' | 'own'>): Promise<Buffer> {
    const record = imageId === null ? null : await this.images.findById(imageId);
    if (record) return this.files.readOriginal(record);
    if (own) return this.blobs.read(sha256);
    throw new DomainError('original_missing', 'The image was deleted.');
  }
}

/** Left and right exchanged. */
function mirror({ width, height, data }: RgbPixels): RgbPixels {
  const mirrored = new Uint8Array(data.length);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const from = 3 * (y * width + x);
      const to = 3 * (y * width + width - 1 - x);
      mirrored[to] = data[from] as number;
      mirrored[to + 1] = data[from + 1] as number;
      mirrored[to + 2] = data[from + 2] as number;
    }
  }
  return { width, height, data: mirrored };
}
