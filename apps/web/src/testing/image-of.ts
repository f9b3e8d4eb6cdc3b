import type { Image } from '../shared/types.js';

/** An image of the library as the service tells of it. */
export const imageOf = (id: string): Image => ({
  id,
  width: 20,
  height: 10,
  format: 'jpeg',
  source: `/srv/photos/${id}.jpg`,
  collections: [],
  metadata: {},
  thumbnailUrl: `/v1/images/${id}/thumbnail`,
  originalUrl: `/v1/images/${id}/original`,
});
