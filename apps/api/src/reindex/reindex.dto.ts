import type { ReindexView, SpaceName } from '#libs/search';
import { z } from 'zod';
import { itemErrorSchema, toItemError } from '../http/problem.js';
import { idTextSchema } from '../http/schemas.js';
import { request, response } from '../openapi/components.js';

const count = z.number().int();
const name = z.string().min(1).max(200);

export const startReindexSchema = request(
  'StartReindex',
  z.strictObject({
    encoder: name.describe('Name of the encoder.'),
    tap: name.optional().describe('Default: the tap in use.'),
    acceptMissing: z
      .boolean()
      .default(false)
      .describe('Goes on although some images cannot be embedded any more; searches will not find those.'),
  }),
);
export type StartReindex = z.output<typeof startReindexSchema>;

const spaceNameSchema = z.object({ encoder: z.string(), fingerprint: z.string(), tap: z.string() });

export const reindexSchema = response(
  'Reindex',
  z.object({
    status: z
      .enum(['idle', 'running', 'waiting', 'done', 'cancelled', 'rolled-back'])
      .describe('waiting: some images cannot be embedded; start again with acceptMissing, or cancel.'),
    active: spaceNameSchema.describe('What searches use.'),
    previous: spaceNameSchema.nullable().describe('What can be gone back to.'),
    target: spaceNameSchema
      .nullable()
      .describe('What the latest change leads to; null once that is not kept any more.'),
    progress: z.object({ images: count, embedded: count, unusable: count }).nullable(),
    imagesPerSecond: z.number().nullable(),
    secondsLeft: z.number().nullable(),
    unusable: z
      .array(z.object({ imageId: idTextSchema, error: itemErrorSchema }))
      .describe('The first images that cannot be embedded, while it waits.'),
    spaces: z.array(
      spaceNameSchema.extend({
        dimension: count,
        wantedBy: z.array(z.string()).describe('active, previous, setting, reindex, or the heads that need it.'),
        complete: z.boolean().describe('Whether every image has a vector here, and will.'),
      }),
    ),
    leftovers: z.boolean().describe('Whether vectors that a change of encoder left behind are still there.'),
    startedAt: z.iso.datetime().nullable(),
    finishedAt: z.iso.datetime().nullable(),
  }),
);
export type ReindexDto = z.output<typeof reindexSchema>;

export function toReindexDto(view: ReindexView): ReindexDto {
  const plain = ({ encoder, fingerprint, tap }: SpaceName) => ({ encoder, fingerprint, tap });
  return {
    ...view,
    active: plain(view.active),
    spaces: view.spaces.map((space) => ({ ...space, wantedBy: [...space.wantedBy] })),
    unusable: view.unusable.map(({ imageId, error }) => ({
      imageId: String(imageId),
      error: toItemError(error),
    })),
    startedAt: view.startedAt?.toISOString() ?? null,
    finishedAt: view.finishedAt?.toISOString() ?? null,
  };
}
