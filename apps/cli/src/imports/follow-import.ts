import { DomainError } from '#libs/errors';
import type { Cli } from '../cli.js';
import { EXIT, type ExitCode } from '../exit-codes.js';
import type { ImportView, Service } from '../service/service.js';
import { FAILURES_SHOWN, importDocument, importSummary } from './import-summary.js';
import { ProgressReporter } from './progress-reporter.js';

const isFinal = (view: ImportView): boolean => ['done', 'cancelled', 'failed'].includes(view.status);

/**
 * Shows an import's progress until it ends, then its summary. Ctrl-C ends only the watching: the import is durable.
 *
 * @throws DomainError the import's own error where it failed as a whole
 */
export async function followImport(cli: Cli, service: Service, started: ImportView): Promise<ExitCode> {
  const { terminal } = cli;
  const reporter = new ProgressReporter(terminal);
  let view = started;
  try {
    if (!isFinal(view)) {
      for await (const next of service.watchImport(started.id, cli.signal)) {
        view = next;
        reporter.update(view);
      }
    }
  } catch (error) {
    if (!cli.signal.aborted) throw error;
  } finally {
    reporter.end();
  }
  if (!isFinal(view) && cli.signal.aborted) {
    terminal.note(whatHappensNow(service, view));
    terminal.result(importDocument(view, []), '');
    return EXIT.interrupted;
  }
  return reportImport(cli, service, view);
}

/** Prints what an import came to and says which exit code that is. */
export async function reportImport(
  cli: Cli,
  service: Service,
  view: ImportView,
  shown: number = FAILURES_SHOWN,
): Promise<ExitCode> {
  if (view.status === 'failed' && view.error !== null) throw DomainError.revive(view.error);
  const failed = view.failed > 0 ? await failedItems(service, view.id, shown) : [];
  cli.terminal.result(importDocument(view, failed), importSummary(view, failed));
  if (view.failed > 0) return EXIT.someFailed;
  return view.status === 'cancelled' ? EXIT.error : EXIT.ok;
}

async function failedItems(service: Service, id: number, limit: number) {
  const items = [];
  let cursor: number | null = null;
  do {
    const page = await service.importItems(id, {
      status: 'failed',
      limit: Math.min(1000, limit - items.length),
      ...(cursor !== null && { cursor }),
    });
    items.push(...page.items);
    cursor = page.nextCursor;
  } while (cursor !== null && items.length < limit);
  return items;
}

function whatHappensNow(service: Service, view: ImportView): string {
  return service.outlivesCommand
    ? `Import ${view.id} goes on in the service; \`likeness imports watch ${view.id}\` shows it, \`likeness imports cancel ${view.id}\` ends it.`
    : `Import ${view.id} is kept and goes on at the next \`likeness start\` or \`likeness imports watch ${view.id}\`; \`likeness imports cancel ${view.id}\` ends it.`;
}
