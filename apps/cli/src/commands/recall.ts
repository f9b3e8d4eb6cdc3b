import type { Command } from 'commander';
import type { RecallFigure, RecallReport } from '#libs/search';
import type { Cli } from '../cli.js';
import { formatCount, formatNoun } from '../format/quantities.js';
import { formatPairs, formatTable } from '../format/table.js';
import { orInterrupted } from '../interruption.js';
import { wholeNumber } from '../option-values.js';
import type { RecallChoices } from '../service/service.js';
import { withService } from '../service/with-service.js';

const HELP = `
Recall is the share of the exact answer that a search finds; 1 is all of it. Stored images are the queries. Below it
stands what the service found of its recent searches, by the shape of their filter.

Examples:
  likeness recall
  likeness recall --filter 'metadata.camera = "X100"' --queries 500
  likeness recall --json
`;

export function addRecall(program: Command, cli: Cli): void {
  program
    .command('recall')
    .description('Measures how much of the exact answers searches find.')
    .option('--filter <text>', 'only images that match')
    .option('--queries <n>', 'stored images to ask with, 1 to 1000', wholeNumber(1, 1000), 100)
    .option('-k, --k <n>', 'neighbours to compare, 1 to 100', wholeNumber(1, 100), 10)
    .option('--ef <n>', 'HNSW candidates instead of those of the settings', wholeNumber(1, 4096))
    .addHelpText('after', HELP)
    .action(async ({ filter, queries, k, ef }: RecallChoices) => {
      await withService(cli, {}, async (service) => {
        const report = await orInterrupted(service.measureRecall({ filter, queries, k, ef }), cli.signal);
        const { recall: recent } = await service.stats();
        cli.terminal.result({ ...report, recent }, recallText(report, recent));
      });
    });
}

function recallText(report: RecallReport, recent: readonly RecallFigure[]): string {
  const { k, queries, recall, least, matched, plans, searchMs, exactMs } = report;
  if (recall === null || least === null) return 'No image matches, so there is nothing to compare.';
  const now = formatPairs([
    [
      `Recall@${k}`,
      `${recall.toFixed(4)} over ${formatNoun(queries, 'search', 'searches')}, least ${least.toFixed(2)}`,
    ],
    ['Among', formatNoun(matched, 'image')],
    [
      'Plans',
      Object.entries(plans)
        .map(([plan, times]) => `${plan} ${formatCount(times)}`)
        .join(', '),
    ],
    ['Search', `${searchMs?.toFixed(2)} ms, an exact scan ${exactMs?.toFixed(2)} ms (50th percentile)`],
  ]);
  if (recent.length === 0) return now;
  const table = formatTable(
    [
      { title: 'RECENT SEARCHES' },
      { title: 'RECALL@10', right: true },
      { title: 'LEAST', right: true },
      { title: 'COMPARED', right: true },
    ],
    recent.map((figure) => [
      figure.shape,
      figure.recall.toFixed(4),
      figure.least.toFixed(2),
      formatCount(figure.searches),
    ]),
  );
  return `${now}\n\n${table}`;
}
