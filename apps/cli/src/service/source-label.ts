import type { ImageSource } from '#libs/catalogue';

/** Which kind of source tells a person most. */
const PREFERENCE: readonly ImageSource['kind'][] = ['file', 'external', 'upload'];

/** The one name an image goes by: the path it was imported from, else its external id, else its file name. */
export function sourceLabel(sources: readonly ImageSource[]): string {
  for (const kind of PREFERENCE) {
    const found = sources.find((source) => source.kind === kind);
    if (found) return found.key;
  }
  return '';
}
