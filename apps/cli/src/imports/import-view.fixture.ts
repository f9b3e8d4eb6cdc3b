import type { ImportView } from '../service/service.js';

/** An import in the middle of its work, with `changes` laid over it. */
export function importView(changes: Partial<ImportView> = {}): ImportView {
  return {
    id: 7,
    root: '/photos',
    reference: false,
    removeVanished: false,
    status: 'running',
    error: null,
    createdAt: '2026-01-02T03:04:05.000Z',
    finishedAt: null,
    total: 5000,
    done: 1200,
    failed: 4,
    left: 3796,
    outcomes: { added: 1190, existing: 10, replaced: 0, unchanged: 0, removed: 0 },
    rate: 118.4,
    etaSeconds: 32,
    ...changes,
  };
}
