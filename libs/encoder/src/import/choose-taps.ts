import { DomainError, type FieldProblem } from '#libs/errors';
import type { Preset } from '../presets/preset.js';
import { type FoundTap, type FoundTaps, tapOn } from './found-taps.js';
import type { ImportRequest, TapOrder } from './import-request.js';
import type { TapSearch } from './find-taps.js';
import { findTaps } from './find-taps.js';

/**
 * The taps a model is imported with: those found, named as the preset names them, with a person's own in their place.
 *
 * @throws DomainError `model_tap_not_found` for a tensor that is not there or cannot be pooled so; `model_mismatch` where a
 *   tap has not the dimension that the preset states; `model_unsupported` where there is nothing to tap
 */
export function chooseTaps(
  search: Omit<TapSearch, 'classifies'>,
  request: Pick<ImportRequest, 'preset' | 'taps' | 'like'>,
): FoundTaps {
  const { preset, taps: own = [] } = request;
  const orders = [...ordersLike(request, search), ...own];
  const found = findTaps({ ...search, classifies: preset?.classifies });
  const renamed = found.taps.map((tap) => ({ ...tap, name: preset?.rename?.[tap.name] ?? tap.name }));
  const ordered = orders.map((order) => orderedTap(order, search));
  const names = new Set(ordered.map(({ name }) => name));
  const taps = [...renamed.filter(({ name }) => !names.has(name)), ...ordered];
  if (taps.length === 0) {
    throw new DomainError('model_unsupported', 'Nothing in the network looks like features; name a tensor with --tap.');
  }
  if (preset) checkDimensions(taps, preset, names);
  return { ...found, taps };
}

/** Taps of the encoder that the model is another form of, but for those that a person has named and tensors it has not. */
function ordersLike(
  { like, taps: own = [] }: Pick<ImportRequest, 'taps' | 'like'>,
  { shapes }: Pick<TapSearch, 'shapes'>,
): TapOrder[] {
  const named = new Set(own.map(({ name }) => name));
  return Object.entries(like?.taps ?? {})
    .filter(([name, { tensor }]) => !named.has(name) && shapes.has(tensor))
    .map(([name, { tensor, pooling }]) => ({ name, tensor, pooling }));
}

function orderedTap({ name, tensor, pooling }: TapOrder, { shapes, layout }: Omit<TapSearch, 'classifies'>): FoundTap {
  const shape = shapes.get(tensor);
  if (!shape) {
    throw new DomainError('model_tap_not_found', `The network has no tensor "${tensor}".`, {
      fields: [
        { path: `taps.${name}`, expected: `a tensor such as ${similar(tensor, [...shapes.keys()])}`, received: tensor },
      ],
    });
  }
  const tap = tapOn(name, tensor, shape, layout, pooling);
  if (tap) return tap;
  throw new DomainError(
    'model_tap_not_found',
    `The tensor "${tensor}" gives no vector by the pooling ${pooling ?? 'that fits'}.`,
    {
      fields: [
        {
          path: `taps.${name}`,
          expected: 'a vector (none), a square feature map (mean, max) or tokens (first-token, mean, max)',
          received: `shape [${shape.join(', ')}]${pooling === undefined ? '' : `, pooling ${pooling}`}`,
        },
      ],
    },
  );
}

/** Up to five names that share the longest beginning or end with what was asked for. */
function similar(wanted: string, names: readonly string[]): string {
  const likeness = (name: string) => {
    let [head, tail] = [0, 0];
    while (head < name.length && name[head] === wanted[head]) head++;
    while (tail < name.length && name.at(-1 - tail) === wanted.at(-1 - tail)) tail++;
    return head + tail + (name.includes(wanted) || wanted.includes(name) ? 10 : 0);
  };
  return [...names]
    .sort((a, b) => likeness(b) - likeness(a))
    .slice(0, 5)
    .join(', ');
}

function checkDimensions(taps: readonly FoundTap[], preset: Preset, ordered: ReadonlySet<string>): void {
  const fields = Object.entries(preset.dimensions).flatMap(([name, dimension]): FieldProblem[] => {
    const tap = taps.find((candidate) => candidate.name === name);
    if (tap?.dimension === dimension || ordered.has(name)) return [];
    const received = tap ? `${tap.dimension} from ${tap.tensor}` : 'no such tap was found';
    return [{ path: `taps.${name}`, expected: `${dimension} components`, received }];
  });
  if (fields.length === 0) return;
  const list = fields.map(({ path, expected, received }) => `${path}: ${expected}, but ${received}`).join('; ');
  throw new DomainError('model_mismatch', `The network is not what the preset ${preset.name} is for: ${list}.`, {
    fields,
  });
}
