import { useState } from 'preact/hooks';
import { ApiError, get } from '../shared/api.js';
import { type Following, useFollowing } from '../shared/use-following.js';
import { isOver, type Rescoring, type Training } from './types.js';
import { apiOf } from './words.js';

export interface Jobs extends Following {
  /** The newest training; null: there was none yet. */
  readonly training: Training | null;
  /** The newest scoring of the catalogue. */
  readonly rescoring: Rescoring | null;
  /** Shows what the service has answered of a training at once, and follows it. */
  readonly began: (training: Training) => void;
}

/** The newest training and scoring of a classifier, followed while they run. @param onEnded one of them has ended */
export function useJobs(id: string, onEnded: () => void): Jobs {
  const [training, setTraining] = useState<Training | null>(null);
  const [rescoring, setRescoring] = useState<Rescoring | null>(null);
  const { error, follow } = useFollowing(id, async ({ signal, round, followJob }) => {
    const { trainings } = await get<{ trainings: Training[] }>(apiOf(id, '/trainings?limit=1'), signal);
    const [latest] = trainings;
    setTraining(latest ?? null);
    if (latest && !isOver(latest)) {
      await followJob<Training>(apiOf(id, `/trainings/${latest.id}/events`), { show: setTraining, isOver });
      onEnded();
    }
    const scoring = await get<Rescoring>(apiOf(id, '/rescoring'), signal).catch((thrown: unknown) => {
      if (thrown instanceof ApiError && thrown.code === 'rescoring_not_found') return null;
      throw thrown;
    });
    setRescoring(scoring);
    if (scoring && !isOver(scoring)) {
      await followJob<Rescoring>(apiOf(id, '/rescoring/events'), { show: setRescoring, isOver });
      onEnded();
    } else if (round > 0) onEnded(); // What was begun may be over before it is looked at.
  });
  const began = (now: Training): void => {
    setTraining(now);
    follow();
  };
  return { training, rescoring, error, follow, began };
}
