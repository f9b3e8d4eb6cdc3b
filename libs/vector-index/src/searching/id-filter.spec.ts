import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BlockLayout } from '../matrix/block-layout.js';
import { VectorBlock } from '../matrix/vector-block.js';
import { matchingRows } from './id-filter.js';
import { idSetOfList } from './id-set.js';

const id = fc.integer({ min: 1, max: 60 });

describe('matchingRows', () => {
  it('finds the live rows whose ids are wanted, in ascending and in any order', () => {
    const layout = new BlockLayout(1, 1);
    const block = new VectorBlock(layout, layout.allocate());
    fc.assert(
      fc.property(
        fc.uniqueArray(id),
        fc.uniqueArray(id),
        fc.array(fc.nat(3)),
        fc.boolean(),
        (ids, wanted, stamps, sorted) => {
          const held = sorted ? [...ids].sort((a, b) => a - b) : ids;
          held.forEach((value, row) => {
            block.ids[row] = value;
            block.stamps[row] = stamps[row] ?? 0;
          });
          const version = 1;
          const expected = [...held.keys()].filter((row) => {
            const stamp = stamps[row] ?? 0;
            return wanted.includes(held[row] ?? 0) && (stamp === 0 || stamp > version);
          });
          const into = new Uint32Array(layout.rows);
          const found = matchingRows(block, held.length, sorted, idSetOfList(wanted), version, into);
          expect([...found]).toEqual(expected);
        },
      ),
    );
  });
});
