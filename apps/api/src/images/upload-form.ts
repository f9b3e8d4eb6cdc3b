import type { BodyDoc } from '../openapi/operation.decorator.js';

/** A part that is a file. */
export const filePart = { type: 'string', contentMediaType: 'application/octet-stream', format: 'binary' };

/** Any number of images in one form. */
export const filesPart = {
  type: 'array',
  items: filePart,
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
