import { gunzipSync, constants } from 'node:zlib';

/** How far into a file the root element is looked for; editors write long comments and doctypes before it. */
const WINDOW_BYTES = 16 * 1024;

/**
 * Whether the bytes are an SVG drawing, plain or gzipped (svgz): what counts is the root element, after a byte order mark,
 * white space, an XML prolog, comments and a doctype. HTML with a drawing in it is not one.
 */
export function isSvg(bytes: Buffer): boolean {
  const isGzip = bytes[0] === 0x1f && bytes[1] === 0x8b;
  const head = isGzip ? unzipHead(bytes) : bytes.subarray(0, WINDOW_BYTES);
  return head !== undefined && /^(?:[\w.-]+:)?svg$/i.test(rootElement(decodeText(head)) ?? '');
}

/** A prefix of a gzip file holds at most about a thousand times as many bytes, so this stays small whatever is packed. */
function unzipHead(bytes: Buffer): Buffer | undefined {
  try {
    return gunzipSync(bytes.subarray(0, 2048), {
      finishFlush: constants.Z_SYNC_FLUSH,
      maxOutputLength: 4 * 1024 * 1024,
    }).subarray(0, WINDOW_BYTES);
  } catch {
    return undefined;
  }
}

function decodeText(bytes: Buffer): string {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return new TextDecoder('utf-16le').decode(bytes);
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return new TextDecoder('utf-16be').decode(bytes);
  return new TextDecoder('utf-8').decode(bytes);
}

/** Name of the first element of an XML text; undefined where the text does not begin like XML. */
function rootElement(text: string): string | undefined {
  let rest = text.trimStart();
  for (;;) {
    const skipped = /^<\?[^]*?\?>\s*|^<!--[^]*?-->\s*|^<!DOCTYPE(?:[^[>]|\[[^\]]*\])*>\s*/i.exec(rest);
    if (skipped === null) break;
    rest = rest.slice(skipped[0].length);
  }
  return /^<([\w.:-]+)/.exec(rest)?.[1];
}
