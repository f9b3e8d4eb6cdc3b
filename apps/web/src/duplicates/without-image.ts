import type { DuplicateGroup } from './types.js';

/** What is left of a group of near-duplicates without an image that is none; null: no group. @param id not that of the best */
export function withoutImage(group: DuplicateGroup, id: string): DuplicateGroup | null {
  const images = group.images.filter(({ image }) => image.id !== id);
  const others = images.filter(({ image }) => image.id !== group.best);
  const spareBytes = others.reduce((sum, { image }) => sum + image.bytes, 0);
  return images.length > 1 ? { ...group, images, spareBytes } : null;
}
