import { describe, expect, it } from 'vitest';
import { choosePlan, ROWS_PER_CANDIDATE, walkingCost } from './planner.js';

const large = {
  exact: false,
  live: 100_000,
  hasGraph: true,
  matched: null,
  exactLimit: 20_000,
  walkRows: 0,
  scanUpTo: 2048,
};

describe('choosePlan', () => {
  it.each([
    ['walks graphs when nothing speaks against it', {}, 'hnsw'],
    ['scans when told to', { exact: true }, 'exact'],
    ['scans a small index', { live: 2048 }, 'exact'],
    ['walks graphs of the next larger', { live: 2049 }, 'hnsw'],
    ['scans when there is no graph', { hasGraph: false }, 'exact'],
    ['scans what a narrow filter leaves', { matched: 20_000 }, 'filtered-exact'],
    ['walks graphs under a wide filter', { matched: 20_001 }, 'filtered-hnsw'],
    ['scans under a wide filter when told to', { matched: 50_000, exact: true }, 'filtered-exact'],
    ['scans what walking would cost more than', { matched: 50_000, walkRows: 50_000 }, 'filtered-exact'],
    ['walks what scanning would cost more than', { matched: 50_001, walkRows: 50_000 }, 'filtered-hnsw'],
    ['scans what a filter that matches nothing leaves', { matched: 0 }, 'filtered-exact'],
  ] as const)('%s', (_name, change, plan) => {
    expect(choosePlan({ ...large, ...change })).toBe(plan);
  });
});

describe('walkingCost', () => {
  it('grows with what the filter leaves out, and with every graph in which something matches', () => {
    const all = walkingCost([{ count: 1000, available: 1000 }], 64);
    expect(all).toBe(64 * ROWS_PER_CANDIDATE);
    expect(walkingCost([{ count: 1000, available: 100 }], 64)).toBe(10 * all);
    const graphs = [100, 100, 0].map((available) => ({ count: 1000, available }));
    expect(walkingCost(graphs, 64)).toBe(20 * all);
  });
});
