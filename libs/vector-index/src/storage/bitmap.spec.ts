import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Bitmap } from './bitmap.js';

describe('Bitmap', () => {
  it('comes back from text as it was', () => {
    fc.assert(
      fc.property(fc.array(fc.boolean(), { maxLength: 300 }), (bits) => {
        const bitmap = Bitmap.ofSize(bits.length);
        bits.forEach((set, row) => set && bitmap.add(row));
        const read = Bitmap.parse(bitmap.toString(), bits.length);
        expect([...bits.keys()].map((row) => read?.has(row))).toEqual(bits);
      }),
    );
  });

  it('refuses text of another length or that is no base64', () => {
    expect(Bitmap.parse(Bitmap.ofSize(16).toString(), 17)).toBeNull();
    expect(Bitmap.parse('?!', 8)).toBeNull();
  });
});
