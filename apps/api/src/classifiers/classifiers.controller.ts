import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { ManageClassifiers } from '#libs/search';
import { type AnswerDoc, Operation } from '../openapi/operation.decorator.js';
import { CLASSIFIER_EXAMPLES } from './classifier-examples.js';
import {
  type CategoryParam,
  categoryParamSchema,
  type ClassifierParam,
  classifierParamSchema,
  classifierSchema,
  classifiersSchema,
  type NewClassifier,
  newClassifierSchema,
  type NewName,
  newNameSchema,
  toClassifierDto,
} from './classifier.dto.js';

const answer = (status: number, description: string): AnswerDoc[] => [
  { status, description, schema: classifierSchema, example: CLASSIFIER_EXAMPLES.classifier },
];
const NAMED = ['invalid_request', 'classifier_not_found', 'classifier_conflict', 'unsupported_media_type'] as const;

@ApiTags('classifiers')
@Controller('v1/classifiers')
export class ClassifiersController {
  constructor(private readonly manage: ManageClassifiers) {}

  @Get()
  @Operation({
    summary: 'List classifiers',
    answers: [
      { status: 200, description: 'All of them.', schema: classifiersSchema, example: CLASSIFIER_EXAMPLES.classifiers },
    ],
  })
  async list(): Promise<object> {
    return { classifiers: (await this.manage.list()).map(toClassifierDto) };
  }

  @Post()
  @Operation({
    summary: 'Make a classifier',
    body: { schema: newClassifierSchema, example: { name: 'era', kind: 'single', categories: ['classic', 'modern'] } },
    answers: answer(201, 'It is there.'),
    errors: ['invalid_request', 'classifier_conflict', 'unsupported_media_type'],
  })
  async create(@Body({ schema: newClassifierSchema }) { name, kind, categories }: NewClassifier): Promise<object> {
    return toClassifierDto(await this.manage.create(name, kind, categories));
  }

  @Get(':classifier')
  @Operation({
    summary: 'Read a classifier',
    description: 'With its categories and how many labels each has.',
    answers: answer(200, 'The classifier.'),
    errors: ['invalid_request', 'classifier_not_found'],
  })
  async get(@Param({ schema: classifierParamSchema }) { classifier }: ClassifierParam): Promise<object> {
    return toClassifierDto(await this.manage.get(classifier));
  }

  @Patch(':classifier')
  @Operation({
    summary: 'Rename a classifier',
    body: { schema: newNameSchema, example: { name: 'period' } },
    answers: answer(200, 'The classifier as it is now.'),
    errors: NAMED,
  })
  async rename(
    @Param({ schema: classifierParamSchema }) { classifier }: ClassifierParam,
    @Body({ schema: newNameSchema }) { name }: NewName,
  ): Promise<object> {
    return toClassifierDto(await this.manage.rename(classifier, name));
  }

  @Delete(':classifier')
  @HttpCode(204)
  @Operation({
    summary: 'Delete a classifier',
    description: 'With its labels, versions and scores, for good. The images stay.',
    answers: [{ status: 204, description: 'It is gone.' }],
    errors: ['invalid_request', 'classifier_not_found'],
  })
  async remove(@Param({ schema: classifierParamSchema }) { classifier }: ClassifierParam): Promise<void> {
    await this.manage.remove(classifier);
  }

  @Post(':classifier/categories')
  @Operation({
    summary: 'Add a category',
    body: { schema: newNameSchema, example: { name: 'classic' } },
    answers: answer(201, 'The classifier as it is now.'),
    errors: NAMED,
  })
  async addCategory(
    @Param({ schema: classifierParamSchema }) { classifier }: ClassifierParam,
    @Body({ schema: newNameSchema }) { name }: NewName,
  ): Promise<object> {
    return toClassifierDto(await this.manage.addCategory(classifier, name));
  }

  @Patch(':classifier/categories/:category')
  @Operation({
    summary: 'Rename a category',
    description: 'Labels, versions and scores stay: they know it by its id.',
    body: { schema: newNameSchema, example: { name: 'vintage' } },
    answers: answer(200, 'The classifier as it is now.'),
    errors: [...NAMED, 'category_not_found'],
  })
  async renameCategory(
    @Param({ schema: categoryParamSchema }) { classifier, category }: CategoryParam,
    @Body({ schema: newNameSchema }) { name }: NewName,
  ): Promise<object> {
    return toClassifierDto(await this.manage.renameCategory(classifier, category, name));
  }

  @Delete(':classifier/categories/:category')
  @Operation({
    summary: 'Remove a category',
    description: 'Its labels are taken back (the history keeps them) and its scores go. Versions go on without it.',
    answers: answer(200, 'The classifier as it is now.'),
    errors: ['invalid_request', 'classifier_not_found', 'category_not_found'],
  })
  async removeCategory(
    @Param({ schema: categoryParamSchema }) { classifier, category }: CategoryParam,
  ): Promise<object> {
    return toClassifierDto(await this.manage.removeCategory(classifier, category));
  }
}
