import { formatBytes, formatNoun, formatSize } from '../format/quantities.js';
import { formatPairs, formatTable } from '../format/table.js';
import type { StoredImageView, StoredPage } from '../service/service.js';

/** Ids that are named after a deletion. */
const MOST_NAMED = 20;

/** @param narrowed whether it was asked for some images only */
export function imagesText({ images, nextCursor }: StoredPage, narrowed: boolean): string {
  if (images.length === 0) return narrowed ? 'No image matches.' : 'No image is stored yet: likeness import DIR';
  const table = formatTable(
    [
      { title: 'ID', right: true },
      { title: 'SIZE', right: true },
      { title: 'BYTES', right: true },
      { title: 'STORED' },
      { title: 'SOURCE' },
    ],
    images.map((image) => [
      String(image.id),
      formatSize(image),
      formatBytes(image.bytes),
      minute(image.createdAt),
      image.source,
    ]),
  );
  const more = nextCursor === null ? '' : `; there are more: --cursor ${nextCursor}`;
  return `${table}\n${formatNoun(images.length, 'image')}${more}`;
}

export function imageText(image: StoredImageView): string {
  return formatPairs([
    ['Image', String(image.id)],
    ['Size', `${formatSize(image)}, ${formatBytes(image.bytes)}, ${image.format}`],
    ['Stored', `${minute(image.createdAt)}${image.referenced ? '; the original stays where it is' : ''}`],
    ['Changed', minute(image.updatedAt)],
    ['Searchable', image.searchable ? 'yes' : 'not yet'],
    ['Content', image.sha256],
    ...image.sources.map(({ kind, key }, at) => [at === 0 ? 'Sources' : '', `${kind} ${key}`] as const),
    ['Collections', image.collections.join(', ')],
    ['Metadata', JSON.stringify(image.metadata)],
  ]);
}

/** @param missing ids that were asked for and are not there */
export function deletedText(deleted: readonly (number | string)[], missing: readonly number[] = []): string {
  const named = deleted.length <= MOST_NAMED ? `: ${deleted.join(', ')}` : '';
  const lines =
    deleted.length === 0 ? ['Nothing was deleted.'] : [`Deleted ${formatNoun(deleted.length, 'image')}${named}`];
  if (missing.length > 0) lines.push(`Not there: ${missing.join(', ')}`);
  return lines.join('\n');
}

const minute = (time: string): string => time.slice(0, 16).replace('T', ' ');
