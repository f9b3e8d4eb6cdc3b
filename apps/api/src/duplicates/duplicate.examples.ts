import { EXAMPLES } from '../openapi/examples.js';

const { image } = EXAMPLES;

export const DUPLICATE_EXAMPLES = {
  page: {
    kind: 'near',
    threshold: 0.7,
    unchecked: 0,
    total: 1,
    groups: [
      {
        best: '42',
        reasons: [{ by: 'resolution', says: '1600 × 1067 pixels; the next has 800 × 534' }],
        images: [
          { image, score: null, hashDistance: null },
          {
            image: { ...image, id: '57', width: 800, height: 534, bytes: 121034 },
            score: 0.981,
            hashDistance: 2,
          },
        ],
        spareBytes: 121034,
      },
    ],
    nextCursor: null,
  },
  rejections: {
    rejections: [
      {
        sha256: [image.sha256, 'b5bb9d8014a0f9b1d61e21e796d78dccdf1352f23cd32812f4850b878ae4944c'],
        ids: ['42', '57'],
        at: '2026-11-21T09:15:02.113Z',
      },
    ],
    nextCursor: null,
  },
};
