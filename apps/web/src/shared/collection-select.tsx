import { counted } from './format.js';
import type { Collection } from './types.js';

/** The collection that listing and search are about; empty for all images. */
export interface Scope {
  readonly collection: string;
  readonly setCollection: (name: string) => void;
  readonly collections: readonly Collection[];
}

/** Shows nothing where there is nothing to choose from. */
export function CollectionSelect({ scope }: { scope: Scope }) {
  if (scope.collections.length === 0) return null;
  return (
    <label class="field">
      <span>Collection</span>
      <select value={scope.collection} onChange={({ currentTarget }) => scope.setCollection(currentTarget.value)}>
        <option value="">All images</option>
        {scope.collections.map(({ name, images }) => (
          <option key={name} value={name}>
            {name} ({counted(images, 'image')})
          </option>
        ))}
      </select>
    </label>
  );
}
