import { formatBytes, formatNoun, formatSize } from '../format/quantities.js';
import { formatTable } from '../format/table.js';
import type { DuplicateGroupView, DuplicatePageView } from './views.js';

/** The groups as a table, and what could be done about them. */
export function duplicatesText(page: DuplicatePageView): string {
  const lines = page.groups.length === 0 ? [`No ${page.kind} duplicates.`] : [tableOf(page), '', ...advice(page)];
  if (page.unchecked > 0) {
    lines.push(`${formatNoun(page.unchecked, 'image')} not compared yet: there may be more in a while.`);
  }
  return lines.join('\n');
}

function tableOf({ groups, kind }: DuplicatePageView): string {
  if (kind === 'exact') {
    return formatTable(
      [{ title: 'IMAGE', right: true }, { title: 'CAME AS' }, { title: 'FROM' }],
      groups.flatMap(({ best, copies = [] }) =>
        copies.map(({ kind: came, key }, at) => [at === 0 ? best : '', came, key]),
      ),
    );
  }
  const right = true;
  return formatTable(
    [
      { title: 'GROUP', right },
      { title: 'IMAGE', right },
      { title: 'SIZE', right },
      { title: 'BYTES', right },
      { title: 'COSINE', right },
      { title: 'BITS', right },
      { title: 'SUGGESTION' },
      { title: 'SOURCE' },
    ],
    groups.flatMap((group, at) =>
      group.images.map(({ image, score, hashDistance }, place) => [
        place === 0 ? String(at + 1) : '',
        image.id,
        formatSize(image),
        formatBytes(image.bytes),
        score === null ? '' : score.toFixed(3),
        hashDistance === null ? '' : String(hashDistance),
        place === 0 ? `keep: ${why(group)}` : 'could go',
        image.source ?? '',
      ]),
    ),
  );
}

const WHY: Readonly<Record<string, string>> = { resolution: 'most pixels', bytes: 'most bytes', date: 'stored first' };

const why = ({ reasons }: DuplicateGroupView): string => reasons.map(({ by }) => WHY[by] ?? by).join(', ');

function advice({ kind, groups, total, nextCursor }: DuplicatePageView): string[] {
  const bytes = formatBytes(groups.reduce((sum, { spareBytes }) => sum + spareBytes, 0));
  const lines =
    kind === 'exact'
      ? [
          `The same bytes are stored once, whatever they came as; the further copies take ${bytes} where they came from.`,
        ]
      : [
          `${formatNoun(spareIds(groups).length, 'image')} could go, ${bytes} in all. Nothing is deleted unless you say --delete.`,
        ];
  if (nextCursor !== null) {
    lines.push(
      `${total === null ? 'There are more groups' : `Shown are ${groups.length} of ${total} groups`}: --cursor ${nextCursor}`,
    );
  }
  return lines;
}

/** All images but the best of each group. */
export const spareIds = (groups: readonly DuplicateGroupView[]): string[] =>
  groups.flatMap(({ images }) => images.slice(1).map(({ image }) => image.id));
