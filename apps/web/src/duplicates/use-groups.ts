import { useCallback, useEffect, useState } from 'preact/hooks';
import { get, isAbort, messageOf } from '../shared/api.js';
import type { DuplicateGroup, DuplicatePage } from './types.js';

const PAGE = 20;

export interface Asked {
  readonly kind: 'near' | 'exact';
  readonly threshold: number | null;
  readonly collection: string;
}

/** Groups of duplicates, page after page. A group that was dealt with is taken out without loading all of them again. */
export function useGroups({ kind, threshold, collection }: Asked) {
  const [groups, setGroups] = useState<readonly DuplicateGroup[]>([]);
  const [page, setPage] = useState<DuplicatePage | null>(null);
  const [error, setError] = useState<string | null>(null);

  const load = useCallback(
    async (cursor: string | null, signal?: AbortSignal): Promise<void> => {
      const query = new URLSearchParams({ kind, limit: String(PAGE) });
      if (kind === 'near' && threshold !== null) query.set('threshold', String(threshold));
      if (collection !== '') query.set('collection', collection);
      if (cursor !== null) query.set('cursor', cursor);
      try {
        const next = await get<DuplicatePage>(`/v1/duplicates?${query}`, signal);
        setPage(next);
        setGroups((before) => (cursor === null ? next.groups : [...before, ...next.groups]));
      } catch (thrown) {
        if (!isAbort(thrown)) setError(messageOf(thrown));
      }
    },
    [kind, threshold, collection],
  );

  useEffect(() => {
    const controller = new AbortController();
    setError(null);
    setPage(null);
    setGroups([]);
    void load(null, controller.signal);
    return () => controller.abort();
  }, [load]);

  return {
    groups,
    page,
    error,
    more: () => load(page?.nextCursor ?? null),
    /** `left` in place of the group, or nothing where there is none left. */
    replace: (group: DuplicateGroup, left: DuplicateGroup | null) =>
      setGroups((before) => before.flatMap((one) => (one !== group ? [one] : left ? [left] : []))),
  };
}
