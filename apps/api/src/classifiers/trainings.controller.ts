import { Body, Controller, Get, HttpCode, Param, Post, Query, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { StartRescoring, TrainClassifier } from '#libs/search';
import type { FastifyReply } from 'fastify';
import { toItemError } from '../http/problem.js';
import { EventStream, type StreamEvent } from '../imports/event-stream.js';
import { type AnswerDoc, Operation } from '../openapi/operation.decorator.js';
import { CLASSIFIER_EXAMPLES } from './classifier-examples.js';
import { type ClassifierParam, classifierParamSchema } from './classifier.dto.js';
import {
  rescoringSchema,
  retrainSchema,
  toRescoringDto,
  toTrainingDto,
  type TrainingBody,
  trainingBodySchema,
  type TrainingParam,
  trainingParamSchema,
  trainingSchema,
  trainingsSchema,
  type TrainingsQuery,
  trainingsQuerySchema,
} from './version.dto.js';

const training = (status: number, description: string): AnswerDoc[] => [
  { status, description, schema: trainingSchema, example: CLASSIFIER_EXAMPLES.training },
];
const rescoring: AnswerDoc[] = [
  { status: 200, description: 'Its progress.', schema: rescoringSchema, example: CLASSIFIER_EXAMPLES.rescoring },
];
const stream: AnswerDoc[] = [
  {
    status: 200,
    description: 'The stream.',
    mediaType: 'text/event-stream',
    schema: { type: 'string' },
    example: CLASSIFIER_EXAMPLES.events,
  },
];

@ApiTags('classifiers')
@Controller('v1/classifiers')
export class TrainingsController {
  constructor(
    private readonly trainings: TrainClassifier,
    private readonly rescorings: StartRescoring,
    private readonly events: EventStream,
  ) {}

  @Post('retrain')
  @HttpCode(202)
  @Operation({
    summary: 'Train again what is stale',
    description:
      'Every classifier whose version in use was made with another encoder than the one in use now. One that cannot be trained is answered under `failed`, and holds up none of the others.',
    answers: [
      { status: 202, description: 'They have begun.', schema: retrainSchema, example: CLASSIFIER_EXAMPLES.retrained },
    ],
  })
  async retrain(): Promise<object> {
    const { started, failed } = await this.trainings.retrainStale();
    return {
      started: started.map(({ classifier, training: record }) => ({
        classifier: classifier.name,
        training: toTrainingDto(record),
      })),
      failed: failed.map(({ classifier, error }) => ({
        classifier: classifier.name,
        error: toItemError(error.serialise()),
      })),
    };
  }

  @Post(':classifier/trainings')
  @HttpCode(202)
  @Operation({
    summary: 'Train',
    description:
      'Answers at once; the work goes on, and survives a restart. Its version comes into use when the whole catalogue is scored with it, unless `use` is false.',
    body: { schema: trainingBodySchema, example: { seed: 1, heads: ['softmax', 'svm'], augment: 0 } },
    answers: training(202, 'The training has begun.'),
    errors: ['invalid_request', 'classifier_not_found', 'training_data_invalid', 'unsupported_media_type'],
  })
  async start(
    @Param({ schema: classifierParamSchema }) { classifier }: ClassifierParam,
    @Body({ schema: trainingBodySchema }) order: TrainingBody,
  ): Promise<object> {
    return toTrainingDto(await this.trainings.start(classifier, order));
  }

  @Get(':classifier/trainings')
  @Operation({
    summary: 'List trainings',
    answers: [
      { status: 200, description: 'Newest first.', schema: trainingsSchema, example: CLASSIFIER_EXAMPLES.trainings },
    ],
    errors: ['invalid_request', 'classifier_not_found'],
  })
  async list(
    @Param({ schema: classifierParamSchema }) { classifier }: ClassifierParam,
    @Query({ schema: trainingsQuerySchema }) { limit }: TrainingsQuery,
  ): Promise<object> {
    return { trainings: (await this.trainings.list(classifier, limit)).map(toTrainingDto) };
  }

  @Get(':classifier/trainings/:id')
  @Operation({
    summary: 'How far a training is',
    answers: training(200, 'Its progress, with curves and searched settings so far.'),
    errors: ['invalid_request', 'classifier_not_found', 'training_not_found'],
  })
  async get(@Param({ schema: trainingParamSchema }) { classifier, id }: TrainingParam): Promise<object> {
    return toTrainingDto(await this.trainings.get(classifier, id));
  }

  @Get(':classifier/trainings/:id/events')
  @Operation({
    summary: 'A training as server-sent events',
    description:
      '`progress` events carry the training as it can be read, with live curves, a few a second; `end` follows the last one.',
    answers: stream,
    errors: ['invalid_request', 'classifier_not_found', 'training_not_found'],
  })
  async watch(
    @Param({ schema: trainingParamSchema }) { classifier, id }: TrainingParam,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    await this.trainings.get(classifier, id); // While the status can still say that there is no such training.
    await this.events.send(reply, (signal) => progress(this.trainings.watch(classifier, id, signal), toTrainingDto));
  }

  @Post(':classifier/trainings/:id/cancel')
  @HttpCode(200)
  @Operation({
    summary: 'Cancel a training',
    answers: training(200, 'The training as it is now.'),
    errors: ['invalid_request', 'classifier_not_found', 'training_not_found', 'training_state_conflict'],
  })
  async cancel(@Param({ schema: trainingParamSchema }) { classifier, id }: TrainingParam): Promise<object> {
    return toTrainingDto(await this.trainings.cancel(classifier, id));
  }

  @Get(':classifier/rescoring')
  @Operation({
    summary: 'How far the scoring of the catalogue is',
    answers: rescoring,
    errors: ['invalid_request', 'classifier_not_found', 'rescoring_not_found'],
  })
  async rescoring(@Param({ schema: classifierParamSchema }) { classifier }: ClassifierParam): Promise<object> {
    return toRescoringDto(await this.rescorings.latest(classifier));
  }

  @Get(':classifier/rescoring/events')
  @Operation({
    summary: 'The scoring of the catalogue as server-sent events',
    answers: stream,
    errors: ['invalid_request', 'classifier_not_found', 'rescoring_not_found'],
  })
  async watchRescoring(
    @Param({ schema: classifierParamSchema }) { classifier }: ClassifierParam,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    await this.rescorings.latest(classifier);
    await this.events.send(reply, (signal) => progress(this.rescorings.watch(classifier, signal), toRescoringDto));
  }

  @Post(':classifier/rescoring/cancel')
  @HttpCode(200)
  @Operation({
    summary: 'Stop the scoring of the catalogue',
    description: 'Filters go on with the version they use.',
    answers: rescoring,
    errors: ['invalid_request', 'classifier_not_found', 'rescoring_not_found'],
  })
  async cancelRescoring(@Param({ schema: classifierParamSchema }) { classifier }: ClassifierParam): Promise<object> {
    return toRescoringDto(await this.rescorings.cancel(classifier));
  }
}

async function* progress<T>(source: AsyncIterable<T>, toDto: (record: T) => object): AsyncGenerator<StreamEvent> {
  for await (const record of source) yield { event: 'progress', data: toDto(record) };
}
