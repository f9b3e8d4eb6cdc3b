/** Values of TIFF's PhotometricInterpretation. */
export const GREY = 1;
export const RGB = 2;
export const SEPARATED = 5;

const SIDE = 16;
const SHORT = 3;
const LONG = 4;

/** An uncompressed TIFF of 8 bits a channel, as microscopes write them: sharp itself makes none with so many channels. */
export function channelTiff(photometric: number, channels: number): Buffer {
  const pixels = Buffer.alloc(SIDE * SIDE * channels, 100);
  const head = Buffer.from('II*\0\0\0\0\0', 'latin1');
  head.writeUInt32LE(head.length + pixels.length, 4);
  const fields = [
    [256, SHORT, SIDE], // width
    [257, SHORT, SIDE], // height
    [258, SHORT, 8], // bits of each channel; libtiff takes one number for all of them
    [259, SHORT, 1], // not compressed
    [262, SHORT, photometric],
    [273, LONG, head.length], // where the pixels are
    [277, SHORT, channels],
    [278, SHORT, SIDE], // all rows in one strip
    [279, LONG, pixels.length],
  ] as const;
  const directory = Buffer.alloc(2 + fields.length * 12 + 4);
  directory.writeUInt16LE(fields.length, 0);
  fields.forEach(([tag, type, value], index) => {
    const at = 2 + index * 12;
    directory.writeUInt16LE(tag, at);
    directory.writeUInt16LE(type, at + 2);
    directory.writeUInt32LE(1, at + 4);
    directory.writeUInt32LE(value, at + 8);
  });
  return Buffer.concat([head, pixels, directory]);
}
