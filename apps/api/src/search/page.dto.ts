import { DomainError } from '#libs/errors';
import type { HitGroup, SimilarAnswer, SimilarOptions } from '#libs/search';
import { z } from 'zod';
import { flagSchema, idTextSchema, numberText } from '../http/schemas.js';

const cursor = z
  .string()
  .min(1)
  .max(20_000)
  .describe('`nextCursor` of the page before; everything else stays the same. Not with groupBy.');
const groupBy = z
  .string()
  .min(1)
  .max(200)
  .describe('Metadata key by whose values results are grouped; k then counts groups.');
const COLLAPSE =
  'Near-duplicates of a better result are listed under it (`duplicates`) instead of beside it; k counts the results that are left. Not with groupBy.';
const GROUP_SIZE = 'Most results of one group, 1 to 100; default 3.';

/** Pages and groups in a JSON body. */
export const pageFields = {
  cursor: cursor.optional(),
  groupBy: groupBy.optional(),
  groupSize: z.number().int().min(1).max(100).optional().describe(GROUP_SIZE),
  collapse: z.boolean().optional().describe(COLLAPSE),
};

/** The same in a query string or a form. */
export const pageTextFields = {
  ...pageFields,
  groupSize: numberText(z.number().int().min(1).max(100).optional().describe(GROUP_SIZE)),
  collapse: flagSchema.optional().describe(COLLAPSE),
};

export const pageAnswerFields = {
  nextCursor: z
    .string()
    .nullable()
    .describe(
      'Give it as `cursor` for the next page; null at the end, and where a plan that walks graphs meets 1,000 results of about the same score: with `exact` the pages go on.',
    ),
  groups: z
    .array(z.object({ value: z.union([z.string(), z.number(), z.boolean()]), ids: z.array(idTextSchema) }))
    .optional()
    .describe('With groupBy: groups, best first, each with its results.'),
  groupsComplete: z
    .boolean()
    .optional()
    .describe('With groupBy: false where the 10,000 best results held no more groups or members, and there are more.'),
  collapseComplete: z
    .boolean()
    .optional()
    .describe('With collapse: false where fewer than k are left of the 10,000 best results, and there are more.'),
};

type PageChoices = Pick<SimilarOptions, 'cursor' | 'groupBy' | 'groupSize' | 'collapse'>;

/** @throws DomainError `invalid_request` for a cursor or `collapse` together with groups */
export function toPageChoices({ cursor, groupBy, groupSize, collapse }: PageChoices): PageChoices {
  if (cursor !== undefined && groupBy !== undefined) {
    throw new DomainError('invalid_request', 'Expected no cursor together with groupBy: groups have no pages.', {
      fields: [{ path: 'cursor', expected: 'nothing together with groupBy', received: JSON.stringify(cursor) }],
    });
  }
  if (collapse && groupBy !== undefined) {
    throw new DomainError('invalid_request', 'Expected no collapse together with groupBy.', {
      fields: [{ path: 'collapse', expected: 'nothing together with groupBy', received: 'true' }],
    });
  }
  return {
    ...(collapse && { collapse }),
    ...(cursor !== undefined && { cursor }),
    ...(groupBy !== undefined && { groupBy }),
    ...(groupSize !== undefined && { groupSize }),
  };
}

export function toPageAnswer({
  nextCursor,
  groups,
  complete,
}: Pick<SimilarAnswer, 'nextCursor' | 'groups' | 'complete'>) {
  const toGroup = ({ value, ids }: HitGroup) => ({ value, ids: ids.map(String) });
  return {
    nextCursor,
    ...(groups && { groups: groups.map(toGroup) }),
    ...(complete !== undefined && (groups ? { groupsComplete: complete } : { collapseComplete: complete })),
  };
}
