import { useState } from 'preact/hooks';
import { CollectionSelect, type Scope } from '../shared/collection-select.js';
import { counted } from '../shared/format.js';
import { ErrorNote } from '../shared/notice.js';
import { ExactGroup } from './exact-group.js';
import { NearGroup } from './near-group.js';
import { useGroups } from './use-groups.js';

/** How alike: what a person chooses from, as cosines; null is the service's own choice. */
const STRICTNESS: readonly (readonly [string, number | null])[] = [
  ['Altered copies', null],
  ['Little altered', 0.8],
  ['Nearly the same file', 0.95],
];

/** What is there twice, and what to do about it. */
export function DuplicatesPage({ scope, onChanged }: { scope: Scope; onChanged: () => void }) {
  const [kind, setKind] = useState<'near' | 'exact'>('near');
  const [threshold, setThreshold] = useState<number | null>(null);
  const { groups, total, unchecked, error, busy, done, more, replace } = useGroups({
    kind,
    threshold,
    collection: scope.collection,
  });
  return (
    <section class="duplicates" aria-labelledby="duplicates-title">
      <div class="section-head">
        <h1 id="duplicates-title">Duplicates</h1>
        <label class="field">
          <span>Show</span>
          <select
            value={kind}
            onChange={({ currentTarget }) => setKind(currentTarget.value === 'exact' ? 'exact' : 'near')}
          >
            <option value="near">Images that look alike</option>
            <option value="exact">The very same bytes</option>
          </select>
        </label>
        {kind === 'near' && (
          <label class="field">
            <span>How alike</span>
            <select
              value={String(threshold)}
              onChange={({ currentTarget }) =>
                setThreshold(currentTarget.value === 'null' ? null : Number(currentTarget.value))
              }
            >
              {STRICTNESS.map(([name, value]) => (
                <option key={name} value={String(value)}>
                  {name}
                </option>
              ))}
            </select>
          </label>
        )}
        <CollectionSelect scope={scope} />
      </div>
      <p class="muted" role="status">
        {busy && groups.length === 0 ? 'Looking …' : total !== null && counted(total, 'group')}
        {unchecked > 0 && ` · ${counted(unchecked, 'image')} not compared yet`}
      </p>
      {done && groups.length === 0 && <p class="nothing">There are no duplicates here.</p>}
      {groups.map((group) =>
        kind === 'exact' ? (
          <ExactGroup key={group.best} group={group} />
        ) : (
          <NearGroup
            key={group.best}
            group={group}
            onChange={(left) => {
              replace(group, left);
              onChanged();
            }}
          />
        ),
      )}
      <ErrorNote error={error} onRetry={more} />
      {!done && groups.length > 0 && (
        <button type="button" class="button" disabled={busy} onClick={more}>
          More groups
        </button>
      )}
    </section>
  );
}
