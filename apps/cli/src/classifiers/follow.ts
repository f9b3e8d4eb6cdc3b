import type { Cli } from '../cli.js';
import type { HttpClient } from '../service/http-client.js';
import { scoredWith, trainedVersion } from './job-ends.js';
import type { RescoringView, TrainingJobView } from './views.js';
import { at, watch } from './with-api.js';

/** Shows a training until it ends; answers the number of the version it made. @throws DomainError see `trainedVersion` */
export async function followTraining(cli: Cli, client: HttpClient, classifier: string, id: string): Promise<number> {
  let last: TrainingJobView | undefined;
  for await (const view of watch<TrainingJobView>(client, at(classifier, 'trainings', id, 'events'), cli.signal)) {
    last = view;
    if (cli.terminal.interactive) {
      const { done, message } = view.progress;
      cli.terminal.status(`training ${id}: ${Math.round(100 * done)} %  ${message}`);
    }
  }
  cli.terminal.clearStatus();
  return trainedVersion(id, last);
}

/** Shows the scoring of the catalogue until filters use the version. @throws DomainError see `scoredWith` */
export async function followRescoring(
  cli: Cli,
  client: HttpClient,
  classifier: string,
  version: number,
): Promise<RescoringView> {
  let last: RescoringView | undefined;
  for await (const view of watch<RescoringView>(client, at(classifier, 'rescoring', 'events'), cli.signal)) {
    last = view;
    if (cli.terminal.interactive) cli.terminal.status(`scoring: ${view.scored} of ${view.total} images`);
  }
  cli.terminal.clearStatus();
  return scoredWith(version, last);
}
