import { Body, Controller, Delete, Get, HttpCode, Param, Post } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { ManageCollections } from '#libs/search';
import { z } from 'zod';
import { collectionNameSchema } from '../http/schemas.js';
import { request, response } from '../openapi/components.js';
import { EXAMPLES } from '../openapi/examples.js';
import { Operation } from '../openapi/operation.decorator.js';

const nameSchema = z.object({ name: collectionNameSchema });
const newCollectionSchema = request('NewCollection', z.strictObject(nameSchema.shape));
type NewCollection = z.output<typeof newCollectionSchema>;

const collectionSchema = z.object({ name: z.string(), images: z.number().int(), createdAt: z.iso.datetime() });
const collectionsSchema = response('Collections', z.object({ collections: z.array(collectionSchema) }));
const createdSchema = response('CreatedCollection', z.object({ name: z.string() }));

@ApiTags('collections')
@Controller('v1/collections')
export class CollectionsController {
  constructor(private readonly manage: ManageCollections) {}

  @Get()
  @Operation({
    summary: 'List collections',
    answers: [
      {
        status: 200,
        description: 'All of them.',
        schema: collectionsSchema,
        example: { collections: [EXAMPLES.collection] },
      },
    ],
  })
  async list(): Promise<object> {
    const collections = await this.manage.list();
    return {
      collections: collections.map(({ name, images, createdAt }) => ({
        name,
        images,
        createdAt: createdAt.toISOString(),
      })),
    };
  }

  @Post()
  @Operation({
    summary: 'Make a collection',
    description: 'One that is there already stays as it is.',
    body: { schema: newCollectionSchema, example: { name: 'flowers' } },
    answers: [{ status: 201, description: 'It is there.', schema: createdSchema, example: { name: 'flowers' } }],
    errors: ['invalid_request', 'unsupported_media_type'],
  })
  async create(@Body({ schema: newCollectionSchema }) { name }: NewCollection): Promise<object> {
    await this.manage.create(name);
    return { name };
  }

  @Delete(':name')
  @HttpCode(204)
  @Operation({
    summary: 'Remove a collection',
    description: 'Its images stay.',
    answers: [{ status: 204, description: 'It is gone.' }],
    errors: ['invalid_request', 'collection_not_found'],
  })
  async remove(@Param({ schema: nameSchema }) { name }: NewCollection): Promise<void> {
    await this.manage.remove(name);
  }
}
