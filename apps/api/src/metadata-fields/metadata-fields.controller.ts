import { Body, Controller, Delete, Get, HttpCode, Param, Post } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { ManageMetadataFields } from '#libs/search';
import { Operation } from '../openapi/operation.decorator.js';
import {
  type FieldKey,
  fieldKeySchema,
  fieldReportSchema,
  fieldsSchema,
  type NewField,
  newFieldSchema,
  toFieldDto,
  toFieldReportDto,
} from './metadata-field.dto.js';

const field = { key: 'camera', type: 'keyword', declaredAt: '2026-11-21T09:15:02.113Z', indexed: true };
const report = { ...field, images: 1180, misfits: 1, misfitSamples: [{ imageId: '42', value: 7 }] };

@ApiTags('metadata fields')
@Controller('v1/metadata-fields')
export class MetadataFieldsController {
  constructor(private readonly manage: ManageMetadataFields) {}

  @Get()
  @Operation({
    summary: 'List declared metadata fields',
    answers: [{ status: 200, description: 'All of them.', schema: fieldsSchema, example: { fields: [field] } }],
  })
  async list(): Promise<object> {
    return { fields: (await this.manage.list()).map(toFieldDto) };
  }

  @Post()
  @HttpCode(200)
  @Operation({
    summary: 'Declare a metadata field',
    description:
      'Filters may ask of it from then on. Answers when the database has indexed it, with the number of images whose value is of another type. Declared so already, it only reports.',
    body: { schema: newFieldSchema, example: { key: 'camera', type: 'keyword' } },
    answers: [{ status: 200, description: 'It is declared.', schema: fieldReportSchema, example: report }],
    errors: ['invalid_request', 'metadata_field_conflict', 'unsupported_media_type'],
  })
  async declare(@Body({ schema: newFieldSchema }) { key, type }: NewField): Promise<object> {
    return toFieldReportDto(await this.manage.declare(key, type));
  }

  @Get(':key')
  @Operation({
    summary: 'How stored values fit a declared field',
    answers: [{ status: 200, description: 'Counted now.', schema: fieldReportSchema, example: report }],
    errors: ['invalid_request', 'metadata_field_not_found'],
  })
  async report(@Param({ schema: fieldKeySchema }) { key }: FieldKey): Promise<object> {
    return toFieldReportDto(await this.manage.report(key));
  }

  @Delete(':key')
  @HttpCode(204)
  @Operation({
    summary: 'Remove a declared field',
    description: 'Values stay in the metadata; filters cannot ask of them any more.',
    answers: [{ status: 204, description: 'It is not declared any more.' }],
    errors: ['invalid_request', 'metadata_field_not_found'],
  })
  async remove(@Param({ schema: fieldKeySchema }) { key }: FieldKey): Promise<void> {
    await this.manage.remove(key);
  }
}
