/**
 * Advisory lock numbers, in one place so that no two uses meet. The pairs are (class, object); single numbers are locks
 * of their own.
 */
export const LOCKS = {
  /** One process migrates at a time. */
  migrate: 74_110,
  /** Held from the first appended change to the commit, so that sequence order is commit order. */
  changeLog: 74_111,
  /** (class, hash of a content or external id): its arrivals, and the removal of the content from the disk, take turns. */
  content: 74_112,
  /** (class, owner): held by a living process; the items it leased are free once the lock is gone. */
  importOwner: 74_113,
  /** (class, import): held by the process that lists its files, or removes those that have vanished. */
  importAlone: 74_116,
  /** Shared while images are stored, exclusive while it changes at which spaces they have to be embedded. */
  spaces: 74_114,
  /** (class, encoder): one process embeds the images that lack it. */
  backfill: 74_115,
  /** Shared while the catalogue is being backed up: no original is removed from the disk. */
  backup: 74_118,
  /** One process makes or drops an index of a metadata field at a time. */
  metadataIndexes: 74_120,
  /** One process compares new images with the others. */
  duplicates: 74_121,
} as const;
