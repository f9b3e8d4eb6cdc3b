import { describe, expect, it } from 'vitest';
import { choosePlan } from './planner.js';

const large = { exact: false, live: 100_000, hasGraph: true, matched: null, exactLimit: 20_000, scanUpTo: 2048 };

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
    ['scans what a filter that matches nothing leaves', { matched: 0 }, 'filtered-exact'],
  ] as const)('%s', (_name, change, plan) => {
    expect(choosePlan({ ...large, ...change })).toBe(plan);
  });
});
