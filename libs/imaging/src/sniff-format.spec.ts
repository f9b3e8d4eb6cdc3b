import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { DomainError } from '#libs/errors';
import { sniffFormat } from './sniff-format.js';

const latin1 = (text: string) => Buffer.from(text, 'latin1');
const ftyp = (major: string, ...compatible: string[]) => {
  const box = latin1(['\0\0\0\0ftyp', major, '\0\0\0\0', ...compatible].join(''));
  box.writeUInt32BE(box.length, 0);
  return box;
};
const svg = '<svg xmlns="http://www.w3.org/2000/svg"/>';

function codeOf(bytes: Buffer): string {
  try {
    return sniffFormat(bytes);
  } catch (error) {
    return error instanceof DomainError ? error.code : String(error);
  }
}

describe('sniffFormat', () => {
  it.each([
    ['jpeg', latin1('\xff\xd8\xff\xe0')],
    ['png', latin1('\x89PNG\r\n\x1a\n')],
    ['gif', latin1('GIF87a')],
    ['gif', latin1('GIF89a')],
    ['webp', latin1('RIFF\x10\0\0\0WEBPVP8 ')],
    ['tiff', latin1('II*\0')],
    ['tiff', latin1('MM\0*')],
    ['tiff', latin1('II+\0')],
    ['avif', ftyp('avif', 'mif1', 'miaf')],
    ['avif', ftyp('avis', 'msf1')],
    ['avif', ftyp('mif1', 'avif')],
    ['avif', Buffer.concat([ftyp('mif1', 'miaf'), latin1('....infe....av01')])],
  ])('knows %s by its bytes', (format, bytes) => {
    expect(codeOf(bytes)).toBe(format);
  });

  it.each([
    ['heic', ftyp('heic', 'mif1', 'heic')],
    ['heix', ftyp('heix', 'mif1')],
    ['hevc', ftyp('hevc', 'msf1')],
    ['mif1 with heic', ftyp('mif1', 'heic')],
    ['mif1 with hvc1 items', Buffer.concat([ftyp('mif1', 'miaf'), latin1('....infe....hvc1')])],
  ])('tells apart HEVC: %s', (_, bytes) => {
    expect(codeOf(bytes)).toBe('image_heic_unsupported');
  });

  it.each([
    ['plain', Buffer.from(svg)],
    ['white space before it', Buffer.from(`\n\t ${svg}`)],
    ['a byte order mark', Buffer.from(`\ufeff${svg}`)],
    ['a prolog', Buffer.from(`<?xml version="1.0"?>\n${svg}`)],
    [
      'comments and a doctype',
      Buffer.from(`<?xml version="1.0"?><!-- <html> --><!DOCTYPE svg [<!ENTITY a "b">]>\n${svg}`),
    ],
    ['a namespace prefix', Buffer.from('<svg:svg xmlns:svg="http://www.w3.org/2000/svg"/>')],
    ['UTF-16', Buffer.from(`\ufeff${svg}`, 'utf16le')],
    ['gzip', gzipSync(`<?xml version="1.0"?>${svg}${' '.repeat(100_000)}`)],
  ])('refuses SVG with %s', (_, bytes) => {
    expect(codeOf(bytes)).toBe('image_svg_disabled');
  });

  it.each([
    ['a PDF', Buffer.from('%PDF-1.7\n')],
    ['text', Buffer.from('hello')],
    ['HTML with a drawing', Buffer.from(`<!DOCTYPE html><html><body>${svg}</body></html>`)],
    ['gzipped text', gzipSync('hello')],
    ['gzip of nothing but its magic', Buffer.from([0x1f, 0x8b])],
    ['a video', ftyp('isom', 'iso2', 'avc1', 'mp41')],
    ['a video that mentions hvc1', Buffer.concat([ftyp('isom', 'mp42'), latin1('hvc1')])],
    ['a WAVE file', latin1('RIFF\x10\0\0\0WAVEfmt ')],
    ['one byte', Buffer.from([0xff])],
    ['a BMP', latin1('BM\0\0\0\0')],
  ])('refuses %s', (_, bytes) => {
    expect(codeOf(bytes)).toBe('image_format_unsupported');
  });

  it('refuses an empty file', () => {
    expect(codeOf(Buffer.alloc(0))).toBe('image_empty');
  });

  it('says what the file seems to be', () => {
    expect(() => sniffFormat(Buffer.from('%PDF-1.7\n'))).toThrow('The file is a PDF document, not a JPEG');
  });
});
