/** Files worked on at once: enough to keep every core busy, little enough to hold in memory. */
const GROUP_FILES = 32;
const GROUP_BYTES = 64 * 1024 * 1024;

/**
 * Neighbours that may be in memory together. One that is larger than that is a group by itself.
 *
 * @param bytesOf how large one is
 */
export function* boundedGroups<T>(files: readonly T[], bytesOf: (file: T) => number): Generator<T[]> {
  let group: T[] = [];
  let bytes = 0;
  for (const file of files) {
    if (group.length > 0 && (group.length === GROUP_FILES || bytes + bytesOf(file) > GROUP_BYTES)) {
      yield group;
      group = [];
      bytes = 0;
    }
    group.push(file);
    bytes += bytesOf(file);
  }
  if (group.length > 0) yield group;
}
