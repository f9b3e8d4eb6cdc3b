/**
 * Bytes of files that one piece of work holds in memory at once: a lane of an import, a batch that is embedded anew, an
 * extraction. A file that is larger is held alone.
 */
export const MOST_HELD_BYTES = 128 * 1024 * 1024;
