import { type RescoringRecord, storable, type TrainingRecord } from '#libs/catalogue';
import {
  type Contradiction,
  type DoubtedLabel,
  NOT_BEGUN,
  trainingOrderSchema,
  type TrainingView,
  type VersionView,
} from '#libs/search';
import { z } from 'zod';
import { itemErrorSchema, toItemError } from '../http/problem.js';
import { idSchema, idTextSchema, limitSchema, numberText } from '../http/schemas.js';
import { request, response } from '../openapi/components.js';
import { classifierParamSchema } from './classifier.dto.js';

const count = z.number().int();
const number = z.number().int().min(1);
const status = z.enum(['queued', 'running', 'done', 'failed', 'cancelled']);
const anything = z.unknown();

export const trainingParamSchema = classifierParamSchema.extend({ id: idSchema });
export type TrainingParam = z.output<typeof trainingParamSchema>;
export const versionParamSchema = classifierParamSchema.extend({
  version: numberText(number.describe('Number of the version.')),
});
export type VersionParam = z.output<typeof versionParamSchema>;
export const chartParamSchema = versionParamSchema.extend({
  file: z
    .string()
    .regex(/^[a-z-]{1,40}\.(svg|png)$/, 'name of a chart followed by .svg or .png')
    .describe('Name of the chart, followed by .svg or .png.'),
});
export type ChartParam = z.output<typeof chartParamSchema>;

export const trainingBodySchema = request('TrainingOrder', trainingOrderSchema.superRefine(storable));
export type TrainingBody = z.output<typeof trainingBodySchema>;
export const trainingsQuerySchema = z.strictObject({ limit: limitSchema(20, 200) });
export type TrainingsQuery = z.output<typeof trainingsQuerySchema>;

export const trainingSchema = response(
  'Training',
  z.object({
    id: idTextSchema,
    status,
    request: anything.describe('As it was ordered, with every default.'),
    progress: z.object({
      stage: z.string(),
      done: z.number().describe('0 to 1.'),
      message: z.string().describe('A sentence for a person.'),
      searched: z.array(anything).describe('Settings tried so far, with loss and accuracy.'),
      learningCurve: z.array(anything).describe('Loss and accuracy so far.'),
    }),
    attempts: count.describe('How often it was taken up; over 1 when a process ended in the midst of it.'),
    version: count.nullable().describe('Number of the version it made.'),
    error: itemErrorSchema.nullable(),
    createdAt: z.iso.datetime(),
    startedAt: z.iso.datetime().nullable(),
    finishedAt: z.iso.datetime().nullable(),
  }),
);
export const trainingsSchema = response('Trainings', z.object({ trainings: z.array(trainingSchema) }));
export const retrainSchema = response(
  'Retrained',
  z.object({
    started: z.array(z.object({ classifier: z.string(), training: trainingSchema })),
    failed: z
      .array(z.object({ classifier: z.string(), error: itemErrorSchema }))
      .describe('Those that cannot be trained, and why.'),
  }),
);

const estimate = z.object({
  value: z.number().nullable(),
  low: z.number(),
  high: z.number(),
  n: count,
  tooFew: z.boolean(),
});
export const versionSchema = response(
  'Version',
  z.object({
    version: count,
    inUse: z.boolean(),
    stale: z.boolean().describe('Made with another encoder; train again.'),
    origin: z.enum(['trained', 'imported']),
    encoderFingerprint: z.string(),
    taps: z.array(z.string()),
    kind: z.string().nullable(),
    seed: count.nullable(),
    examples: count.nullable(),
    top1: estimate.nullable().describe('Share decided right, on data it was not fitted to, with its 95 % interval.'),
    createdAt: z.iso.datetime(),
  }),
);
export const versionsSchema = response('Versions', z.object({ versions: z.array(versionSchema) }));
export const versionDetailSchema = response(
  'VersionDetail',
  z.object({
    ...versionSchema.shape,
    order: anything.describe('Settings it was trained with; null for an imported one.'),
    data: anything.describe('Which examples it saw, and which were left out.'),
    report: anything.describe('Everything measured: metrics, checks, curves, searched points, suspicious labels.'),
  }),
);
const pairedSchema = z.object({
  n: count.describe('Independent images that both were measured on, labelled alike.'),
  a: z.number().describe('Share of them that the one decided right.'),
  b: z.number().describe('The same of the other.'),
  difference: z.number().describe('b − a.'),
  low: z.number().describe('Of its 95 % interval.'),
  high: z.number(),
  clear: z.boolean().describe('The interval leaves 0 out.'),
});
export const roundsSchema = response(
  'LearningRounds',
  z.object({
    rounds: z.array(
      z.object({
        version: count,
        examples: count,
        added: count,
        top1: estimate,
        gain: pairedSchema
          .nullable()
          .describe(
            'Against the version before (a), on the images that both were measured on and that are labelled alike; null for the first, where there are no such images, and after a version that an earlier release made.',
          ),
      }),
    ),
  }),
);
export const doubtedLabelsSchema = response(
  'DoubtedLabels',
  z.object({
    labels: z
      .array(
        z.object({
          example: idTextSchema,
          image: idTextSchema.nullable().describe('null: an own image, or one that was deleted.'),
          own: z.boolean(),
          category: z.string(),
          value: z.enum(['positive', 'negative']),
          probability: z.number().describe('Of the label as given, by a head that was fitted without it.'),
          suggested: z.string().nullable().describe('single: the category that was more probable.'),
          state: z
            .enum(['open', 'confirmed', 'changed'])
            .describe('confirmed: said again since the version was made; changed: it does not hold any more.'),
        }),
      )
      .describe('The least believable first.'),
    contradictions: z
      .array(
        z.object({
          duplicates: z
            .array(
              z.object({
                example: idTextSchema,
                image: idTextSchema.nullable().describe('null: an own image, or one that was deleted.'),
                own: z.boolean(),
                name: z.string().nullable().describe('Of the file that an own image came as.'),
                labels: z
                  .array(z.object({ category: z.string(), value: z.enum(['positive', 'negative']) }))
                  .describe('As they are now.'),
              }),
            )
            .describe('Without those of which nothing is said any more.'),
          state: z.enum(['open', 'settled']).describe('settled: they are not labelled differently any more.'),
        }),
      )
      .describe('Near-duplicates of each other that were labelled differently when the version was trained.'),
  }),
);
export const compareQuerySchema = z.strictObject({ a: numberText(number), b: numberText(number) });
export type CompareQuery = z.output<typeof compareQuerySchema>;
export const comparisonSchema = response(
  'VersionComparison',
  z.object({
    a: count,
    b: count,
    numbers: z.array(
      z.object({
        what: z.string(),
        a: estimate.nullable(),
        b: estimate.nullable(),
        difference: z.number().nullable(),
        clear: z.boolean().describe('The intervals do not overlap.'),
      }),
    ),
    paired: pairedSchema.nullable().describe('top-1 on the images that both were measured on.'),
    settings: z.array(z.object({ what: z.string(), a: anything, b: anything })),
    words: z.string(),
  }),
);
export const importBodySchema = request(
  'HeadImport',
  z.looseObject({}).superRefine(storable).describe('What an export as JSON answered.'),
);

export const rescoringSchema = response(
  'Rescoring',
  z.object({
    version: count,
    status,
    scored: count,
    total: count,
    lacking: count.describe(
      'Images that cannot be scored: their original is gone or damaged, or their features are no numbers.',
    ),
    error: itemErrorSchema.nullable(),
    createdAt: z.iso.datetime(),
    finishedAt: z.iso.datetime().nullable(),
  }),
);

const time = (date: Date | null): string | null => date?.toISOString() ?? null;

export function toTrainingDto(record: TrainingRecord): z.output<typeof trainingSchema> {
  const view: TrainingView = { ...NOT_BEGUN, ...(record.progress as Partial<TrainingView>) };
  return {
    id: String(record.id),
    status: record.status,
    request: record.request,
    progress: { ...view, searched: [...view.searched], learningCurve: [...view.learningCurve] },
    attempts: record.attempts,
    version: record.version,
    error: record.error === null ? null : toItemError(record.error),
    createdAt: record.createdAt.toISOString(),
    startedAt: time(record.startedAt),
    finishedAt: time(record.finishedAt),
  };
}

export function toVersionDto(view: VersionView): z.output<typeof versionSchema> {
  const { document } = view;
  const trained = document.origin === 'trained' ? document : null;
  return {
    version: view.number,
    inUse: view.inUse,
    stale: view.stale,
    origin: document.origin,
    encoderFingerprint: view.encoderFingerprint,
    taps: [...view.taps],
    kind: document.report?.chosen.kind ?? null,
    seed: document.report?.seed ?? null,
    examples: trained?.data.examples ?? null,
    top1: document.report?.metrics.top1 ?? null,
    createdAt: view.createdAt.toISOString(),
  };
}

export function toVersionDetailDto(view: VersionView): z.output<typeof versionDetailSchema> {
  const trained = view.document.origin === 'trained' ? view.document : null;
  return {
    ...toVersionDto(view),
    order: trained?.order ?? null,
    data: trained?.data ?? null,
    report: view.document.report,
  };
}

export function toRescoringDto(record: RescoringRecord): z.output<typeof rescoringSchema> {
  return {
    version: record.version,
    status: record.status,
    scored: record.scored,
    total: record.total,
    lacking: record.lacking,
    error: record.error === null ? null : toItemError(record.error),
    createdAt: record.createdAt.toISOString(),
    finishedAt: time(record.finishedAt),
  };
}

const toExample = ({ exampleId, imageId }: { exampleId: number; imageId: number | null }) => ({
  example: String(exampleId),
  image: imageId === null ? null : String(imageId),
});

export function toDoubtedDto({ exampleId, imageId, ...label }: DoubtedLabel): object {
  return { ...toExample({ exampleId, imageId }), ...label };
}

export function toContradictionDto({ duplicates, state }: Contradiction): object {
  return {
    duplicates: duplicates.map(({ own, name, labels, ...ids }) => ({ ...toExample(ids), own, name, labels })),
    state,
  };
}
