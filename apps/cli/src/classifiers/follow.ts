import { DomainError, type ErrorCode } from '#libs/errors';
import type { Cli } from '../cli.js';
import type { HttpClient } from '../service/http-client.js';
import type { ItemProblem, RescoringView, TrainingJobView } from './views.js';
import { at, watch } from './with-api.js';

/** Shows a training until it ends. @throws DomainError its own error where it failed */
export async function followTraining(
  cli: Cli,
  client: HttpClient,
  classifier: string,
  id: string,
): Promise<TrainingJobView> {
  let last: TrainingJobView | undefined;
  for await (const view of watch<TrainingJobView>(client, at(classifier, 'trainings', id, 'events'), cli.signal)) {
    last = view;
    if (cli.terminal.interactive) {
      const { done, message } = view.progress;
      cli.terminal.status(`training ${id}: ${Math.round(100 * done)} %  ${message}`);
    }
  }
  cli.terminal.clearStatus();
  if (!last) throw new DomainError('service_unreachable', 'The service ended while it trained.');
  if (last.error) throw problem(last.error);
  if (last.status === 'cancelled') throw new DomainError('training_aborted', `Training ${id} was cancelled.`);
  return last;
}

/** Shows the scoring of the catalogue until it ends. @throws DomainError its own error where it failed */
export async function followRescoring(cli: Cli, client: HttpClient, classifier: string): Promise<RescoringView> {
  let last: RescoringView | undefined;
  for await (const view of watch<RescoringView>(client, at(classifier, 'rescoring', 'events'), cli.signal)) {
    last = view;
    if (cli.terminal.interactive) cli.terminal.status(`scoring: ${view.scored} of ${view.total} images`);
  }
  cli.terminal.clearStatus();
  if (!last) throw new DomainError('service_unreachable', 'The service ended while it scored.');
  if (last.error) throw problem(last.error);
  return last;
}

const problem = ({ code, detail }: ItemProblem): DomainError => new DomainError(code as ErrorCode, detail);
