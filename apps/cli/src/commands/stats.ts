import type { Command } from 'commander';
import type { ServiceStats } from '#libs/search';
import type { Cli } from '../cli.js';
import { formatBytes, formatCount, formatNoun } from '../format/quantities.js';
import { formatPairs } from '../format/table.js';
import { orInterrupted } from '../interruption.js';
import { withService } from '../service/with-service.js';

export function addStats(program: Command, cli: Cli): void {
  program
    .command('stats')
    .description('Counts images, embeddings and indexed vectors, and says which encoder and index are in use.')
    .addHelpText('after', '\nExamples:\n  likeness stats\n  likeness stats --json\n')
    .action(async () => {
      await withService(cli, {}, async (service) => {
        const stats = await orInterrupted(service.stats(), cli.signal);
        cli.terminal.result(stats, statsText(stats, service.location));
      });
    });
}

function statsText(stats: ServiceStats, location: string): string {
  const { encoder, index, backfill } = stats;
  const segments = formatNoun(index.segments.length, 'segment');
  return formatPairs([
    ['Where', location],
    ['Images', formatCount(stats.images)],
    ['Embeddings', formatCount(stats.embeddings)],
    ['Indexed', formatCount(stats.indexed)],
    ['Failed files', formatCount(stats.failed)],
    ['Collections', formatCount(stats.collections)],
    [
      'Encoder',
      `${encoder.name}, ${encoder.tap}, ${encoder.dimension} components (${encoder.engine}, ${encoder.device})`,
    ],
    ['Fingerprint', encoder.fingerprint],
    ['Index', `${index.kind}, ${segments} and ${formatCount(index.tail)} in the tail, ${formatBytes(index.fileBytes)}`],
    ...(backfill.left > 0 ? [['Backfill', `${formatCount(backfill.left)} left`] as const] : []),
    ...(backfill.unusable > 0 ? [['Not embeddable', formatCount(backfill.unusable)] as const] : []),
  ]);
}
