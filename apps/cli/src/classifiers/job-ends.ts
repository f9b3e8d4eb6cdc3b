import { DomainError, type ErrorCode } from '#libs/errors';
import type { ItemProblem, RescoringView, TrainingJobView } from './views.js';

/**
 * What a followed training came to.
 *
 * @param last what its stream told last; undefined where it told nothing
 * @returns the number of the version it made
 * @throws DomainError its own error where it failed; `training_aborted` where it was cancelled; `service_unreachable` where
 *   the stream ended before it did; `version_not_found` where its version was deleted since
 */
export function trainedVersion(id: string, last: TrainingJobView | undefined): number {
  if (last?.error) throw problem(last.error);
  if (last?.status === 'cancelled') {
    throw new DomainError('training_aborted', `Training ${id} was cancelled; it made no version.`);
  }
  if (last?.status !== 'done') {
    throw new DomainError(
      'service_unreachable',
      `The service stopped telling of training ${id} before it ended. It goes on, also after a restart.`,
    );
  }
  if (last.version === null) {
    throw new DomainError('version_not_found', `The version that training ${id} made was deleted meanwhile.`);
  }
  return last.version;
}

/**
 * What the followed scoring of the catalogue with a version came to; only the state that is answered puts it to use.
 *
 * @param last what the stream told last; undefined where it told nothing
 * @throws DomainError its own error where it failed; `rescoring_cancelled` where it was cancelled or another version took
 *   its place; `service_unreachable` where the stream ended before it did
 */
export function scoredWith(version: number, last: RescoringView | undefined): RescoringView {
  const notInUse = `Filters do not use version ${version}`;
  if (last && last.version !== version) {
    throw new DomainError('rescoring_cancelled', `${notInUse}: version ${last.version} was put to use meanwhile.`);
  }
  if (last?.error) throw problem({ ...last.error, detail: `${notInUse}: ${last.error.detail}` });
  if (last?.status === 'cancelled') {
    throw new DomainError(
      'rescoring_cancelled',
      `${notInUse}: its scoring was cancelled after ${last.scored} of ${last.total} images.`,
    );
  }
  if (last?.status !== 'done') {
    throw new DomainError(
      'service_unreachable',
      `${notInUse} yet: the service stopped telling of its scoring before that ended. It goes on, also after a restart.`,
    );
  }
  return last;
}

/** What to say once filters use the version, with what they will miss. */
export function scoredText({ version, scored, lacking }: RescoringView): string {
  const missed = lacking > 0 ? ` ${lacking} more cannot be scored, and no filter by category finds them.` : '';
  return `Scored ${scored} ${scored === 1 ? 'image' : 'images'}; filters use version ${version} now.${missed}`;
}

/** An error that the service told of inside an answer or a stream. */
export const problem = ({ code, detail }: ItemProblem): DomainError => new DomainError(code as ErrorCode, detail);
