/**
 * Most bytes, as UTF-8, of what names an image's source or an import's item: a path, an address, an external id.
 * PostgreSQL takes no more than 2704 into an entry of an index, and an entry holds further columns.
 */
export const MAX_KEY_BYTES = 2000;

/** Whether the catalogue can keep a text as the key of a source or the path of an item. */
export const fitsKey = (text: string): boolean => Buffer.byteLength(text) <= MAX_KEY_BYTES;

/** What a text that does not fit should have been. */
export const KEY_LENGTH = `at most ${MAX_KEY_BYTES} bytes`;
