import { useEffect, useState } from 'preact/hooks';
import { get } from '../shared/api.js';
import type { Page } from '../shared/pager.js';
import { usePages } from '../shared/use-pages.js';
import type { DuplicateGroup, DuplicatePage } from './types.js';

const PAGE = 20;

export interface Asked {
  readonly kind: 'near' | 'exact';
  readonly threshold: number | null;
  readonly collection: string;
}

interface GroupPage extends Page<DuplicateGroup> {
  readonly unchecked: number;
  /** Of all pages, when this one was read; null: nobody counted. */
  readonly total: number | null;
}

/** Groups of duplicates, page after page. A group that was dealt with is taken out without loading all of them again. */
export function useGroups({ kind, threshold, collection }: Asked) {
  const load = async (cursor: string | null, signal: AbortSignal): Promise<GroupPage> => {
    const query = new URLSearchParams({ kind, limit: String(PAGE) });
    if (kind === 'near' && threshold !== null) query.set('threshold', String(threshold));
    if (collection !== '') query.set('collection', collection);
    if (cursor !== null) query.set('cursor', cursor);
    const { groups, nextCursor, unchecked, total } = await get<DuplicatePage>(`/v1/duplicates?${query}`, signal);
    return { items: groups, next: nextCursor, unchecked, total };
  };
  const pages = usePages<DuplicateGroup, GroupPage>(load, JSON.stringify([kind, threshold, collection]));
  const { items: groups, last, error, busy, done, more, change } = pages;
  const [gone, setGone] = useState<{ since: GroupPage | null; count: number }>({ since: null, count: 0 });
  const dealtWith = gone.since === last ? gone.count : 0;

  // All that are on show were dealt with, and there are more.
  useEffect(() => {
    if (groups.length === 0 && last !== null && !done && error === null) more();
  }, [groups, last, done, error]);

  return {
    groups,
    error,
    busy,
    done,
    more,
    unchecked: last?.unchecked ?? 0,
    total: last?.total == null ? null : last.total - dealtWith,
    /** `left` in place of the group, or nothing where there is none left. */
    replace: (group: DuplicateGroup, left: DuplicateGroup | null) => {
      change((before) => before.flatMap((one) => (one !== group ? [one] : left ? [left] : [])));
      if (!left) setGone({ since: last, count: dealtWith + 1 });
    },
  };
}
