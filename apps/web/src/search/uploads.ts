const files = new Map<string, File>();

/** Keeps a picked file for as long as the page is open, and answers the address of its search, so that "back" works. */
export function rememberUpload(file: File): string {
  const key = String(files.size + 1);
  files.set(key, file);
  return `#/upload/${key}`;
}

/** The file, or null where the page was loaded anew since. */
export const uploadOf = (key: string): File | null => files.get(key) ?? null;
