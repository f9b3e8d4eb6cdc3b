import type { EncoderManifest, ImportedModel } from '#libs/encoder';
import { formatPairs, formatTable } from '../../format/table.js';

/** What an import tells a program. */
export function importedDocument({ folder, found, facts }: ImportedModel): object {
  const { path, fingerprint, manifest } = folder;
  return {
    name: manifest.name,
    folder: path,
    fingerprint,
    facts,
    taps: found.taps,
    featureMap: found.featureMap ?? null,
    manifest,
  };
}

/** What an import tells a person. @param known whether a preset or another encoder said the preprocessing */
export function importedText({ folder, found, facts }: ImportedModel, known: boolean): string {
  const { manifest, fingerprint, path } = folder;
  const rows = found.taps.map((tap) => [
    tap.name,
    tap.tensor,
    shapeText(tap.shape),
    poolingText(tap),
    String(tap.dimension),
  ]);
  const table = formatTable(
    [
      { title: 'Tap' },
      { title: 'Tensor' },
      { title: 'Shape' },
      { title: 'Pooling' },
      { title: 'Dimension', right: true },
    ],
    rows,
  );
  const pairs = formatPairs([
    ['Model', `${manifest.name} (${facts}${manifest.precision ? `, ${manifest.precision}` : ''})`],
    ['Input', inputText(manifest)],
    ['Map', found.featureMap ? `${found.featureMap.tensor}, ${found.featureMap.channels} channels` : 'none'],
    ['Fingerprint', fingerprint],
    ['Folder', path],
  ]);
  const unsure = known ? [] : [UNSURE];
  return [table, '', pairs, ...unsure, `\nUse it with: likeness models use ${manifest.name}`].join('\n');
}

const UNSURE =
  '\nNo preset was given: as far as the model does not say it, the preprocessing above is the usual one for ImageNet, not known to\n' +
  'be that of these weights.\n' +
  'Where it is another, mend `input` in manifest.json before the model is used; the fingerprint changes with it.';

const shapeText = (shape: readonly number[]) => `[${shape.join(', ')}]`;

export const poolingText = ({ pooling, skipTokens }: { pooling: string; skipTokens?: number }) =>
  skipTokens === undefined ? pooling : `${pooling} without ${skipTokens}`;

/** Preprocessing in one line. */
export function inputText({ input }: EncoderManifest): string {
  const { view, normalisation, colour, layout } = input;
  const { size, resize, kernel, antialias } = view;
  const side = resize.rule === 'stretch' ? `stretched to ${resize.to} × ${resize.to}` : `shorter side ${resize.to}`;
  const cut = resize.to === size && resize.rule === 'stretch' ? '' : `, centre ${size} × ${size}`;
  const numbers = (values: readonly number[]) => values.map((value) => Number(value.toPrecision(6))).join(' ');
  return (
    `${side} (${kernel}, ${antialias ? '' : 'not '}antialiased)${cut}, ${colour}, ${layout}, ` +
    `(byte − ${numbers(normalisation.mean)}) · ${numbers(normalisation.scale)}`
  );
}
