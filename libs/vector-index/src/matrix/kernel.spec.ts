import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compileKernel } from '../../kernel/compile-kernel.js';
import { BlockLayout } from './block-layout.js';
import { BlockScorer } from './block-scorer.js';
import { KERNEL_BASE64 } from './kernel.generated.js';
import { PartRows } from './part-rows.js';

const dot = (a: Float32Array, b: Float32Array): number => a.reduce((sum, x, i) => sum + x * (b[i] ?? 0), 0);

describe('the kernel', () => {
  it('is the compiled form of dot.wat', async () => {
    expect(await compileKernel()).toContain(`'${KERNEL_BASE64}'`);
  });

  it('scores rows as a plain loop does, whatever the dimension, scanned and picked alike', () => {
    const component = fc.float({ min: -1, max: 1, noNaN: true });
    const rowsOf = (dimension: number) =>
      fc.array(fc.array(component, { minLength: dimension, maxLength: dimension }), { minLength: 1, maxLength: 40 });
    const cases = fc
      .integer({ min: 1, max: 70 })
      .chain((dimension) => fc.tuple(fc.constant(dimension), rowsOf(dimension)));
    fc.assert(
      fc.property(cases, ([dimension, plain]) => {
        const layout = new BlockLayout(dimension, 2);
        const rows = new PartRows(layout, [layout.allocate()]);
        const vectors = plain.map((components) => Float32Array.from(components));
        vectors.forEach((vector, row) => rows.write(row, row + 1, vector));
        const [block] = rows.blocks;
        const [query] = vectors;
        if (!block || !query) throw new Error('there is a block and a query');
        const scorer = new BlockScorer(block, 1);
        const scanned: number[] = [];
        scorer.scan(query, vectors.length, (scores, _first, length) => scanned.push(...scores.subarray(0, length)));
        expect(scanned).toHaveLength(vectors.length);
        vectors.forEach((vector, row) => expect(scanned[row]).toBeCloseTo(dot(query, vector), 4));
        const picked = new Map<number, number>();
        scorer.pick(query, [...vectors.keys()].reverse(), (score, row) => picked.set(row, score));
        expect([...vectors.keys()].map((row) => picked.get(row))).toEqual(scanned);
      }),
      { numRuns: 60 },
    );
  });

  it('scores rows past the first chunk', () => {
    const layout = new BlockLayout(3, 1);
    const rows = new PartRows(layout, [layout.allocate()]);
    for (let row = 0; row < 5000; row++) rows.write(row, row + 1, Float32Array.of(row, 1, 0));
    const [block] = rows.blocks;
    if (!block) throw new Error('there is a block');
    const seen: number[] = [];
    new BlockScorer(block, 0).scan(Float32Array.of(1, 0, 0), 5000, (scores, first, length) => {
      expect(first).toBe(seen.length);
      seen.push(...scores.subarray(0, length));
    });
    expect(seen).toEqual(Array.from({ length: 5000 }, (_, row) => row));
  });
});
