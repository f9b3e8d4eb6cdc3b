import { counted, number } from '../shared/format.js';
import { similarTo } from '../shared/route.js';
import { Thumbnail } from '../shared/thumbnail.js';
import type { DuplicateGroup } from './types.js';

/** The same bytes from several sources: one image, and everything it came as. */
export function ExactGroup({ group }: { group: DuplicateGroup }) {
  const { images, copies = [], spareBytes } = group;
  const image = images[0]?.image;
  if (image === undefined) return null;
  return (
    <section class="duplicates-group exact" aria-label={`Image with ${copies.length} sources`}>
      <a href={similarTo(image.id)}>
        <Thumbnail src={image.thumbnailUrl} alt="" />
      </a>
      <div>
        <p>
          The same bytes came as {counted(copies.length, 'source')}; they are stored once.{' '}
          <span class="muted">The further copies take {number(spareBytes)} bytes where they came from.</span>
        </p>
        <ul class="duplicates-sources">
          {copies.map(({ kind, key }) => (
            <li key={`${kind} ${key}`}>
              <span class="muted">{kind}</span> {key}
            </li>
          ))}
        </ul>
      </div>
    </section>
  );
}
