const files = new Map<string, File>();

/** Random, so that no load of the page gives one out anew: going to the address one is at already does nothing. */
const newKey = (): string => crypto.getRandomValues(new BigUint64Array(1)).join('');

/** Keeps a picked file for as long as the page is open, and answers the address of its search, so that "back" works. */
export function rememberUpload(file: File): string {
  const key = newKey();
  files.set(key, file);
  return `#/upload/${key}`;
}

/** The file, or null where the page was loaded anew since. */
export const uploadOf = (key: string): File | null => files.get(key) ?? null;
