import { DomainError } from '#libs/errors';
import type { ImageFormat } from './image-decoder.js';
import { isSvg } from './sniff-svg.js';

/** Where in an ISO media file the kind of the coded items is looked for; their table stands at the front. */
const ITEM_TABLE_BYTES = 64 * 1024;

const AVIF_BRANDS = ['avif', 'avis'];
const HEVC_BRANDS = ['heic', 'heix', 'heim', 'heis', 'hevc', 'hevx', 'hevm', 'hevs'];
const CONTAINER_BRANDS = ['mif1', 'mif2', 'msf1', 'miaf'];

/**
 * The format of an image by its first bytes. The file's name plays no part.
 *
 * @throws DomainError `image_empty`, `image_svg_disabled`, `image_heic_unsupported` or `image_format_unsupported`
 */
export function sniffFormat(bytes: Buffer): ImageFormat {
  if (bytes.length === 0) throw new DomainError('image_empty', 'The file has no bytes.');
  const format = rasterFormat(bytes) ?? isoFormat(bytes);
  if (format !== undefined) return format;
  if (isSvg(bytes)) {
    throw new DomainError('image_svg_disabled', 'The file is an SVG drawing, which has to be rendered to PNG first.');
  }
  throw new DomainError(
    'image_format_unsupported',
    `The file is ${describe(bytes)}, not a JPEG, PNG, WebP, AVIF, GIF or TIFF image.`,
  );
}

function rasterFormat(bytes: Buffer): ImageFormat | undefined {
  if (startsWith(bytes, '\xff\xd8\xff')) return 'jpeg';
  if (startsWith(bytes, '\x89PNG\r\n\x1a\n')) return 'png';
  if (startsWith(bytes, 'GIF87a') || startsWith(bytes, 'GIF89a')) return 'gif';
  if (startsWith(bytes, 'RIFF') && ascii(bytes, 8, 4) === 'WEBP') return 'webp';
  // 42 is TIFF, 43 BigTIFF.
  if (['II*\0', 'II+\0', 'MM\0*', 'MM\0+'].some((magic) => startsWith(bytes, magic))) return 'tiff';
  return undefined;
}

/** AVIF and HEIC share one container; what tells them apart are the brands and, where those are neutral, the coded items. */
function isoFormat(bytes: Buffer): ImageFormat | undefined {
  if (ascii(bytes, 4, 4) !== 'ftyp') return undefined;
  const boxEnd = Math.min(bytes.readUInt32BE(0), bytes.length);
  const major = ascii(bytes, 8, 4);
  const brands = [major];
  for (let at = 16; at + 4 <= boxEnd; at += 4) brands.push(ascii(bytes, at, 4));

  const isHevc = HEVC_BRANDS.includes(major);
  if (!isHevc && brands.some((brand) => AVIF_BRANDS.includes(brand))) return 'avif';
  if (isHevc || brands.some((brand) => HEVC_BRANDS.includes(brand)) || hasItem(bytes, brands, 'hvc1')) {
    throw new DomainError(
      'image_heic_unsupported',
      'The file is a HEIC image coded with HEVC, which cannot be decoded here.',
    );
  }
  return hasItem(bytes, brands, 'av01') ? 'avif' : undefined;
}

function hasItem(bytes: Buffer, brands: readonly string[], codec: string): boolean {
  const isImageContainer = brands.some((brand) => CONTAINER_BRANDS.includes(brand));
  return isImageContainer && bytes.subarray(0, ITEM_TABLE_BYTES).includes(codec, 0, 'latin1');
}

/** What the file seems to be instead, for the person who sent it. */
function describe(bytes: Buffer): string {
  if (startsWith(bytes, '%PDF')) return 'a PDF document';
  if (startsWith(bytes, '8BPS')) return 'a Photoshop document';
  if (startsWith(bytes, 'BM')) return 'a BMP image';
  if (startsWith(bytes, '\xff\x0a') || ascii(bytes, 4, 4) === 'JXL ') return 'a JPEG XL image';
  if (startsWith(bytes, 'PK\x03\x04')) return 'a ZIP archive';
  if (ascii(bytes, 4, 4) === 'ftyp') return 'a video or another kind of media container';
  if (!bytes.subarray(0, 512).includes(0)) return 'text or something unknown';
  return 'something unknown';
}

const ascii = (bytes: Buffer, at: number, length: number) => bytes.toString('latin1', at, at + length);
const startsWith = (bytes: Buffer, magic: string) => ascii(bytes, 0, magic.length) === magic;
