import type { z } from 'zod';

/** PostgreSQL keeps neither in a text, nor in a text or key of JSON. */
const UNSTORABLE = /[\0\p{Cs}]/gu;
const RULE = 'that can be stored: no NUL, no half of a surrogate pair';

/**
 * Refinement of a schema: every text in the value can be kept as it is, keys of objects among them.
 *
 * @example z.string().superRefine(storable)
 */
export function storable(value: unknown, context: z.RefinementCtx): void {
  const place = findUnstorable(value);
  if (place) context.addIssue({ code: 'custom', ...place });
}

/** A text that is only told to people, so that it can be kept whatever it quotes. */
export function madeStorable(text: string): string {
  return text.replace(UNSTORABLE, '\ufffd');
}

interface Place {
  readonly path: PropertyKey[];
  readonly message: string;
}

/** The first place; of a key it names the object, for what quotes the key could not be stored either. */
function findUnstorable(value: unknown): Place | null {
  if (typeof value === 'string') return value.search(UNSTORABLE) < 0 ? null : { path: [], message: `text ${RULE}` };
  if (typeof value !== 'object' || value === null) return null;
  for (const [key, inner] of Object.entries(value)) {
    if (!Array.isArray(value) && key.search(UNSTORABLE) >= 0) return { path: [], message: `keys ${RULE}` };
    const place = findUnstorable(inner);
    if (place) return { ...place, path: [key, ...place.path] };
  }
  return null;
}
