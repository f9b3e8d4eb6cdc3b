import { Controller, Get, Param } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { DoubtedLabels } from '#libs/search';
import { Operation } from '../openapi/operation.decorator.js';
import { CLASSIFIER_EXAMPLES } from './classifier-examples.js';
import {
  doubtedLabelsSchema,
  toContradictionDto,
  toDoubtedDto,
  type VersionParam,
  versionParamSchema,
} from './version.dto.js';

@ApiTags('classifiers')
@Controller('v1/classifiers/:classifier/versions/:version/doubted-labels')
export class DoubtedLabelsController {
  constructor(private readonly doubted: DoubtedLabels) {}

  @Get()
  @Operation({
    summary: 'Labels worth a second look',
    description:
      'Those that the version, fitted without them, found hardest to believe, with what has become of them since. ' +
      'Label an image again to change it, or with `confirm` to say that it is right. Beside them near-duplicates of each ' +
      'other that were labelled differently.',
    answers: [
      {
        status: 200,
        description: 'The least believable first.',
        schema: doubtedLabelsSchema,
        example: CLASSIFIER_EXAMPLES.doubted,
      },
    ],
    errors: ['invalid_request', 'classifier_not_found', 'version_not_found'],
  })
  async list(@Param({ schema: versionParamSchema }) { classifier, version }: VersionParam): Promise<object> {
    return {
      labels: (await this.doubted.of(classifier, version)).map(toDoubtedDto),
      contradictions: (await this.doubted.contradictions(classifier, version)).map(toContradictionDto),
    };
  }
}
