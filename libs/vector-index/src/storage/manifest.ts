import { createHash } from 'node:crypto';
import { z } from 'zod';

const file = z.object({ name: z.string(), bytes: z.number(), sha256: z.string() });
/** What snapshots of before the two-stage search do not say is that they have none. */
const parameters = z.object({ m: z.number(), efConstruction: z.number(), compact: z.number().default(0) }).nullable();

export const segmentHeaderSchema = z.object({
  format: z.literal(1),
  name: z.string(),
  fingerprint: z.string(),
  tap: z.string(),
  dimension: z.number(),
  metric: z.literal('cosine'),
  graphParameters: parameters,
  count: z.number(),
  ids: file,
  vectors: file,
  graph: file.nullable(),
  projection: file.nullable().default(null),
});

const manifestSchema = z.object({
  format: z.literal(1),
  epoch: z.string(),
  fingerprint: z.string(),
  tap: z.string(),
  dimension: z.number(),
  graphParameters: parameters,
  /** Everything of the change log up to here is in the segments, less the deleted rows. */
  sequence: z.number(),
  segments: z.array(z.object({ header: segmentHeaderSchema, deleted: z.string().nullable() })),
});

/** The root of a snapshot: which segments make it up, what of them is deleted, and what it is a snapshot of. */
export type Manifest = z.infer<typeof manifestSchema>;

const digest = (body: string): string => createHash('sha256').update(body).digest('hex');

/** Text of the manifest file: the checksum of its body, a line break, the body. */
export function formatManifest(manifest: Manifest): string {
  const body = JSON.stringify(manifest, null, 1);
  return `${digest(body)}\n${body}\n`;
}

/** @throws Error when the text is not a whole manifest */
export function parseManifest(text: string): Manifest {
  const end = text.indexOf('\n');
  const body = text.slice(end + 1, -1);
  if (digest(body) !== text.slice(0, end)) throw new Error('the manifest does not match its checksum');
  return manifestSchema.parse(JSON.parse(body));
}
