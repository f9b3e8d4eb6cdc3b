import { DomainError, type ErrorCode } from '#libs/errors';
import type { HttpClient } from '../service/http-client.js';
import type { RescoringView, TrainingJobView } from './views.js';
import { at } from './with-api.js';

/** More are never waiting in earnest. */
const MOST_TRAININGS = 200;

const underWay = ({ status }: { readonly status: TrainingJobView['status'] }): boolean =>
  status === 'queued' || status === 'running';

/** Ends the trainings of a classifier that are under way, and the scoring of the catalogue. @returns what it has ended */
export async function cancelJobs(
  client: HttpClient,
  name: string,
): Promise<{ trainings: TrainingJobView[]; rescorings: RescoringView[] }> {
  const { trainings } = await client.json<{ trainings: TrainingJobView[] }>({
    path: at(name, 'trainings'),
    query: { limit: MOST_TRAININGS },
  });
  const ended: TrainingJobView[] = [];
  for (const { id } of trainings.filter(underWay)) {
    const path = at(name, 'trainings', id, 'cancel');
    // One that has ended meanwhile, or made its version already, is in nobody's way.
    const one = await client.json<TrainingJobView>({ method: 'POST', path }).catch(nullFor('training_state_conflict'));
    if (one) ended.push(one);
  }
  const rescoring = await client
    .json<RescoringView>({ path: at(name, 'rescoring') })
    .catch(nullFor('rescoring_not_found'));
  if (!rescoring || !underWay(rescoring)) return { trainings: ended, rescorings: [] };
  const stopped = await client.json<RescoringView>({ method: 'POST', path: at(name, 'rescoring', 'cancel') });
  return { trainings: ended, rescorings: [stopped] };
}

const nullFor =
  (code: ErrorCode) =>
  (error: unknown): null => {
    if (error instanceof DomainError && error.code === code) return null;
    throw error;
  };
