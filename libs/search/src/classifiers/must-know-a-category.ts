import type { HeadVersions } from '#libs/catalogue';
import { DomainError } from '#libs/errors';

/**
 * Without a category there is nothing to keep of an image: the catalogue could never be scored with such a version.
 *
 * @throws DomainError `version_without_categories`
 */
export async function mustKnowACategory(
  versions: HeadVersions,
  { id, number }: { readonly id: number; readonly number: number },
): Promise<void> {
  if ((await versions.categoriesLeft(id)) > 0) return;
  throw new DomainError('version_without_categories', `Every category that version ${number} knows was removed.`);
}
