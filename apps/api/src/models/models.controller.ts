import { Controller, Get, Param } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { ListModels } from '#libs/search';
import { Operation } from '../openapi/operation.decorator.js';
import {
  MODEL_EXAMPLE,
  type ModelName,
  modelNameSchema,
  modelResponseSchema,
  modelsResponseSchema,
  modelView,
} from './model.dto.js';

@ApiTags('models')
@Controller('v1/models')
export class ModelsController {
  constructor(private readonly models: ListModels) {}

  @Get()
  @Operation({
    summary: 'List models',
    description: 'The encoders on this machine, which of them is in use, and on what runtime and device.',
    answers: [
      { status: 200, description: 'By name.', schema: modelsResponseSchema, example: { models: [MODEL_EXAMPLE] } },
    ],
  })
  async list(): Promise<object> {
    return { models: (await this.models.list()).map(modelView) };
  }

  @Get(':name')
  @Operation({
    summary: 'Read a model',
    answers: [{ status: 200, description: 'The model.', schema: modelResponseSchema, example: MODEL_EXAMPLE }],
    errors: ['invalid_request', 'model_not_found'],
  })
  async read(@Param({ schema: modelNameSchema }) { name }: ModelName): Promise<object> {
    return modelView(await this.models.find(name));
  }
}
