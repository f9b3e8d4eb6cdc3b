import type { Command } from 'commander';
import { DomainError } from '#libs/errors';
import type { Cli } from '../cli.js';
import { contradictionsText, doubtedText, HELD } from '../classifiers/doubted-text.js';
import type { DoubtedView, VersionDetailView } from '../classifiers/views.js';
import { at, withApi } from '../classifiers/with-api.js';
import { wholeNumber } from '../option-values.js';

interface ConflictView {
  readonly example: string;
  readonly image: string | null;
  readonly events: readonly {
    readonly category: string;
    readonly value: string;
    readonly origin: string;
    readonly at: string;
  }[];
}

/** Commands that show labels worth a second look. */
export function addReviewCommands(classifier: Command, cli: Cli): void {
  classifier
    .command('doubted')
    .description(
      'labels that a version, fitted without them, found hardest to believe, and near-duplicates labelled differently',
    )
    .argument('<name>', 'name or id')
    .argument('[version]', 'its number; else the one in use, else the newest', wholeNumber(1))
    .action(async (name: string, version: number | undefined) => {
      await withApi(cli, async (client) => {
        const { versions } = await client.json<{ versions: VersionDetailView[] }>({ path: at(name, 'versions') });
        const wanted = version ?? (versions.find(({ inUse }) => inUse) ?? versions[0])?.version;
        if (wanted === undefined) throw new DomainError('version_not_found', `${name} has no version yet.`);
        const doubted = await client.json<DoubtedView>({ path: at(name, 'versions', wanted, 'doubted-labels') });
        const text = [doubtedText(doubted.labels), contradictionsText(doubted.contradictions)];
        cli.terminal.result({ version: wanted, ...doubted }, text.filter((part) => part !== '').join('\n\n'));
      });
    });

  classifier
    .command('conflicts')
    .description('images about which statements have disagreed, with all that was said')
    .argument('<name>', 'name or id')
    .option('--limit <n>', 'at most so many', wholeNumber(1, 500), 50)
    .action(async (name: string, { limit }: { limit: number }) => {
      await withApi(cli, async (client) => {
        const answer = await client.json<{ conflicts: ConflictView[] }>({
          path: at(name, 'labels', 'conflicts'),
          query: { limit },
        });
        cli.terminal.result(answer, conflictsText(answer.conflicts));
      });
    });
}

function conflictsText(conflicts: readonly ConflictView[]): string {
  if (conflicts.length === 0) return 'Statements have not disagreed about any image.';
  return conflicts
    .flatMap(({ image, example, events }) => [
      image === null ? `example ${example}` : `image ${image}`,
      ...events.map(
        ({ category, value, origin, at: when }) =>
          `  ${HELD[value as keyof typeof HELD]}${category} (${origin}, ${when})`,
      ),
    ])
    .join('\n');
}
