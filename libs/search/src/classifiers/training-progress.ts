import type { LearningCurvePoint, SearchedPoint, TrainingProgress } from '#libs/classifiers';

/** What a person sees of a training while it runs: everything so far, so that who looks in late misses nothing. */
export interface TrainingView {
  readonly stage: TrainingProgress['stage'] | 'features' | 'waiting';
  /** 0 … 1 over the whole training. */
  readonly done: number;
  readonly message: string;
  readonly searched: readonly SearchedPoint[];
  readonly learningCurve: readonly LearningCurvePoint[];
}

export const NOT_BEGUN: TrainingView = {
  stage: 'waiting',
  done: 0,
  message: 'Waiting for its turn.',
  searched: [],
  learningCurve: [],
};

const EVERY_MS = 250;
/** Longer curves are thinned for watching; the report has all of them. */
const MOST_POINTS = 400;

/** Gathers a training's progress and hands it on a few times a second. */
export class ProgressGatherer {
  private view: TrainingView = NOT_BEGUN;
  private timer?: NodeJS.Timeout;
  private sending: Promise<void> = Promise.resolve();

  /** @param send is never called twice at once */
  constructor(private readonly send: (view: TrainingView) => Promise<void>) {}

  features(done: number, of: number): void {
    this.show({ stage: 'features', done: 0, message: `Computed the features of ${done} of ${of} images.` });
  }

  add({ stage, done, message, point, curve }: TrainingProgress): void {
    const { searched, learningCurve } = this.view;
    this.show({
      stage,
      done,
      message,
      ...(point && { searched: [...searched, point].slice(-MOST_POINTS) }),
      ...(curve && { learningCurve: thinned([...learningCurve, curve]) }),
    });
  }

  /** Sends what has not been sent; nothing is sent any more afterwards. */
  async end(): Promise<void> {
    const waiting = this.timer !== undefined;
    clearTimeout(this.timer);
    this.timer = undefined;
    if (waiting) this.flush();
    await this.sending;
  }

  private show(change: Partial<TrainingView>): void {
    this.view = { ...this.view, ...change };
    this.timer ??= setTimeout(() => {
      this.timer = undefined;
      this.flush();
    }, EVERY_MS);
  }

  private flush(): void {
    this.sending = this.sending.then(() => this.send(this.view)).catch(() => undefined);
  }
}

function thinned(curve: readonly LearningCurvePoint[]): readonly LearningCurvePoint[] {
  if (curve.length <= MOST_POINTS) return curve;
  return curve.filter((_, at) => at % 2 === 0 || at === curve.length - 1);
}
