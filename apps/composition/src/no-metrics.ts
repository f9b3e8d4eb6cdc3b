import { Metrics } from '#libs/search';

/** For commands that end before anybody could read a measurement. */
export class NoMetrics extends Metrics {
  override observeStage(): void {}
  override countIngest(): void {}
  override countSearch(): void {}
}
