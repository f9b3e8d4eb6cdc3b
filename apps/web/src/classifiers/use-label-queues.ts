import { useMemo, useState } from 'preact/hooks';
import { type LabelItem, LabelQueue, labelServiceOf, type LabelState, NO_LABELS } from './label-queue.js';
import type { Classifier } from './types.js';

/** Labels from a person's own files, on their way to one classifier. */
export interface LabelSending extends LabelState {
  /** @param classifier as it is now */
  readonly add: (items: readonly LabelItem[], classifier: Classifier) => void;
  /** Nothing more is sent. */
  readonly cancel: () => void;
}

export interface LabelQueues {
  /** @param id of a classifier */
  readonly of: (id: string) => LabelSending;
  /** Classifiers with labels under way. */
  readonly running: readonly (LabelState & { readonly id: string })[];
}

/** Labels that are sent whatever is on show, for each classifier by itself. */
export function useLabelQueues(): LabelQueues {
  const [states, setStates] = useState<ReadonlyMap<string, LabelState>>(new Map());
  const queues = useMemo(() => new Map<string, LabelQueue>(), []);
  const queueOf = (id: string): LabelQueue => {
    const show = (state: LabelState) => setStates((before) => new Map(before).set(id, state));
    const queue = queues.get(id) ?? new LabelQueue(show, labelServiceOf(id));
    queues.set(id, queue);
    return queue;
  };
  return {
    of: (id) => ({
      ...(states.get(id) ?? NO_LABELS),
      add: (items, classifier) => queueOf(id).add(items, classifier),
      cancel: () => queueOf(id).cancel(),
    }),
    running: [...states].flatMap(([id, state]) => (state.running ? [{ id, ...state }] : [])),
  };
}
