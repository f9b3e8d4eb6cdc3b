import { useEffect, useMemo, useState } from 'preact/hooks';
import { useAnswers } from '../shared/use-answers.js';
import { LabelChanges, type LabellingState, NOTHING_LABELLED } from './label-changes.js';
import type { Classifier } from './types.js';

/** Labels of one classifier, as they are and as they are changed. */
export interface Labelling extends LabellingState, Pick<LabelChanges, 'attend' | 'read' | 'assign' | 'clear' | 'undo'> {
  /** What went wrong, whichever it was. */
  readonly error: string | null;
}

export interface Labellings {
  /** @param id of a classifier */
  readonly of: (id: string) => Labelling;
  /** Whether a change is still to be stored. */
  readonly busy: boolean;
  /** Ids of classifiers with a change that was not stored, which nobody was there to be told of. */
  readonly untold: readonly string[];
}

/** Labels that are changed whatever is on show, for each classifier by itself. */
export function useLabellings(): Labellings {
  const [states, setStates] = useState<ReadonlyMap<string, LabellingState>>(new Map());
  const all = useMemo(() => new Map<string, LabelChanges>(), []);
  const changesOf = (id: string): LabelChanges => {
    const show = (state: LabellingState) => setStates((before) => new Map(before).set(id, state));
    const changes = all.get(id) ?? new LabelChanges(id, show);
    all.set(id, changes);
    return changes;
  };
  return {
    of: (id) => {
      const changes = changesOf(id);
      const state = states.get(id) ?? NOTHING_LABELLED;
      return {
        ...state,
        error: state.notStored ?? state.unread,
        attend: changes.attend,
        read: changes.read,
        assign: (...what) => changes.assign(...what),
        clear: (...what) => changes.clear(...what),
        undo: (categories) => changes.undo(categories),
      };
    },
    busy: [...states.values()].some(({ busy }) => busy),
    untold: [...states].flatMap(([id, { notStored, attended }]) => (notStored !== null && !attended ? [id] : [])),
  };
}

/** For who shows it: what is told is seen there. @param onChanged is told of what is answered meanwhile */
export function useAttending(
  { attend, classifier }: Pick<Labelling, 'attend' | 'classifier'>,
  onChanged: (now: Classifier) => void,
): void {
  useEffect(attend, [attend]);
  useAnswers(classifier, onChanged);
}
