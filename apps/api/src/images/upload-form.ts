import type { BodyDoc } from '../openapi/operation.decorator.js';

const file = { type: 'string', contentMediaType: 'application/octet-stream' };

/** Any number of images in one form. */
export const filesPart = {
  type: 'array',
  items: { ...file, format: 'binary' },
  description: 'The images; the name of the part does not matter.',
};

/** The form of an upload, for the OpenAPI document: Zod knows JSON, not forms. */
export const uploadForm: BodyDoc = {
  mediaType: 'multipart/form-data',
  schema: {
    type: 'object',
    required: ['files'],
    properties: {
      files: filesPart,
      items: {
        allOf: [{ $ref: '#/components/schemas/UploadItems' }],
        description: 'JSON: what to keep with each file.',
      },
      collection: {
        type: 'string',
        description: 'Collection the images go to; made where there is none of that name.',
      },
    },
  },
};

/** The form of a search: one uploaded image, or a description of several. */
export const queryForm: BodyDoc = {
  mediaType: 'multipart/form-data',
  schema: {
    type: 'object',
    properties: {
      file: { ...file, format: 'binary', description: 'The image whose neighbours are wanted.' },
      query: {
        allOf: [{ $ref: '#/components/schemas/SearchRequest' }],
        description:
          'JSON: the whole search. Its examples name parts of this form as `file`; then the fields below are left out.',
      },
      k: { type: 'integer', minimum: 1, maximum: 1000, default: 10 },
      minScore: { type: 'number', minimum: -1, maximum: 1 },
      exact: { type: 'string', enum: ['true', 'false'] },
      collection: { type: 'string' },
      ef: { type: 'integer', minimum: 1, maximum: 4096 },
    },
  },
};
