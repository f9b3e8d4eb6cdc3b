import { filePart } from '../images/upload-form.js';
import { schemaOf } from '../openapi/components.js';
import type { BodyDoc } from '../openapi/operation.decorator.js';
import { similarQuerySchema } from './search.dto.js';

/** The form of a search, for the OpenAPI document: one uploaded image with options, or a description of several. */
export const searchForm: BodyDoc = {
  mediaType: 'multipart/form-data',
  schema: {
    type: 'object',
    properties: {
      file: { ...filePart, description: 'The image whose neighbours are wanted.' },
      query: {
        allOf: [{ $ref: '#/components/schemas/SearchRequest' }],
        description:
          'JSON: the whole search. Its examples name parts of this form as `file`; then the fields below are left out.',
      },
      ...(schemaOf(similarQuerySchema)['properties'] as object),
    },
  },
};
