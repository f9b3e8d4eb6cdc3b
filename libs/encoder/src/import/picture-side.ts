import { DomainError } from '#libs/errors';
import type { ImportRequest } from './import-request.js';

/**
 * Side of the square picture a network gets: what the model was made for, else what the request or its preset says.
 *
 * @param height undefined where the model leaves it open
 * @throws DomainError `model_shape_unknown` where nothing says it; `model_mismatch` where two things are said; `model_unsupported`
 *   for a picture that is not square
 */
export function pictureSide(height: number | undefined, width: number | undefined, request: ImportRequest): number {
  const fixed = height ?? width;
  if (height !== undefined && width !== undefined && height !== width) {
    throw new DomainError(
      'model_unsupported',
      `The network takes pictures of ${width} × ${height} pixels; only square ones can be made.`,
    );
  }
  const wanted = request.size ?? request.preset?.view.size ?? request.like?.input.view.size;
  if (fixed === undefined && wanted === undefined) {
    throw new DomainError('model_shape_unknown', 'The network takes pictures of any size, and nothing says which.', {
      fields: [{ path: 'size', expected: 'a side in pixels, such as --size 224, or a preset', received: 'nothing' }],
    });
  }
  if (fixed !== undefined && wanted !== undefined && fixed !== wanted) {
    const model = request.preset ? `the preset ${request.preset.name}` : `the encoder ${request.like?.name}`;
    const by = request.size === undefined ? model : '--size';
    throw new DomainError(
      'model_mismatch',
      `The network takes pictures of ${fixed} pixels, not of ${wanted} as ${by} says.`,
      {
        fields: [{ path: 'size', expected: String(fixed), received: String(wanted) }],
      },
    );
  }
  return fixed ?? wanted ?? 0;
}
