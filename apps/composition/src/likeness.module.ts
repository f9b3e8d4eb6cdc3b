import { Module, type DynamicModule } from '@nestjs/common';
import { Settings } from '#libs/config';
import { Metrics } from '#libs/search';
import { ADAPTERS } from './adapters.js';
import { CLASSIFIERS } from './classifiers.js';
import { DUPLICATES } from './duplicates.js';
import { NoMetrics } from './no-metrics.js';
import { StartStop } from './start-stop.js';
import { USE_CASES } from './use-cases.js';

export interface CompositionOptions {
  /** `given`: a global module of the app binds the `Metrics` port; `none`: nobody reads measurements. */
  readonly metrics?: 'given' | 'none';
}

@Module({})
class LikenessModule {}

/**
 * The whole service without a way in: adapters bound to ports, and the use cases. Nest starts it when the application
 * is initialised and stops it when it closes. Each app imports this one and adds what is its own.
 */
export function likenessModule(settings: Settings, options: CompositionOptions = {}): DynamicModule {
  const metrics = options.metrics === 'given' ? [] : [{ provide: Metrics, useClass: NoMetrics }];
  const providers = [
    { provide: Settings, useValue: settings },
    ...metrics,
    ...ADAPTERS,
    ...USE_CASES,
    ...CLASSIFIERS,
    ...DUPLICATES,
    StartStop,
  ];
  return { module: LikenessModule, providers, exports: providers };
}
